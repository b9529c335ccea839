import Testing
@testable import Remote

@Suite("A signature of a request to S3")
struct AWSSignatureTests {
  /// The signatures are those of botocore 1.43, `S3SigV4Auth`.
  @Test(
    "is the signature that botocore computes",
    arguments: [
      (
        "examplebucket.s3.us-east-1.amazonaws.com", "/test.txt", "us-east-1", nil,
        "7626f3c5318d9443b8695b39bb7e0b55be4840633368a1b6dfa5102df909cfc1"
      ),
      (
        "127.0.0.1:9000", "/models/a%20b%2Bc%C3%A9/x~1.h5", "eu-central-1", "token/+=",
        "726820733daec2019152cf7df5e8bdc5e068e80425b9b896a8abfa1fe58b55fc"
      ),
    ] as [(String, String, String, String?, String)])
  func signature(host: String, path: String, region: String, token: String?, expected: String) {
    let credentials = AWSCredentials(
      key: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token: token)
    let headers = AWSSignature(
      host: host, path: path, region: region, credentials: credentials, time: "20260304T050607Z"
    ).headers
    let names = token == nil ? "" : ";x-amz-security-token"
    #expect(
      headers.first
        == "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/\(region)/s3/aws4_request, "
        + "SignedHeaders=host;x-amz-content-sha256;x-amz-date\(names), Signature=\(expected)")
    #expect(headers.contains("x-amz-date: 20260304T050607Z"))
    #expect(headers.contains { $0 == "x-amz-security-token: token/+=" } == (token != nil))
  }

  @Test("percent-encodes the object's key as the URL does") func spelling() {
    #expect(AWSSignature.encoded("a b+c/é~_.-%", keeping: "/") == "a%20b%2Bc/%C3%A9~_.-%25")
    #expect(AWSSignature.encoded("a/b") == "a%2Fb")
  }

  @Test("has the current time in 16 characters") func now() {
    let now = AWSSignature.now
    #expect(now.count == 16 && now.hasPrefix("20") && now.hasSuffix("Z") && Array(now)[8] == "T")
  }
}
