import Testing

@testable import HDF5

@Suite("The checksum of metadata")
struct MetadataChecksumTests {
  // The values of hashlittle(text, length, 0) that lookup3.c itself states.
  @Test("is that of lookup3")
  func values() {
    #expect(MetadataChecksum.checksum([]) == 0xDEAD_BEEF)
    #expect(MetadataChecksum.checksum(Array("Four score and seven years ago".utf8)[...]) == 0x1777_0551)
  }
}
