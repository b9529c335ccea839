import HDF5
import Names
import Synchronization

/// The places of tensors whose datasets agree with the table of contents. A tensor with a known place is read without the HDF5
/// library.
final class ElementPlaces: Sendable {
  private let places = Mutex<[Name: ElementPlace]>([:])

  subscript(path: Name) -> ElementPlace? {
    get { places.withLock { $0[path] } }
    set { places.withLock { $0[path] = newValue } }
  }
}
