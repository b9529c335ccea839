import HDF5
import Names
import Synchronization

/// The byte ranges of tensors in the file, if their datasets agree with the table of contents. These tensors are read without the
/// HDF5 library.
final class ElementPlaces: Sendable {
  private let places = Mutex<[Name: ElementPlace]>([:])

  subscript(path: Name) -> ElementPlace? {
    get { places.withLock { $0[path] } }
    set { places.withLock { $0[path] = newValue } }
  }
}
