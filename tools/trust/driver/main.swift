import CFuzzer
import Foundation

// Gives changed inputs to a reader.
//
//   fuzz-driver                             prints the names of the harnesses
//   fuzz-driver HARNESS list                prints where the first inputs are: the folders, and the ends of the files' names
//   fuzz-driver HARNESS report FILE…        prints whether the files can be read
//   fuzz-driver HARNESS cycles COUNT FILE…  reads the files in turn, COUNT times in all, and prints, ten times, the numbers of reads, of
//                                           open descriptors, and of pages of memory in use
//   fuzz-driver HARNESS threads COUNT FILE…  reads the files in turn, COUNT times in all, on several threads
//   fuzz-driver HARNESS FOLDER RUNS SEED FILE…
//                                           reads the files and RUNS changed files, chosen by SEED; FOLDER has the current input
//   fuzz-driver HARNESS FOLDER libfuzzer ARGUMENT…
//                                           runs libFuzzer with its own arguments, if it is linked
//
// A reader that traps or crashes ends this process, and leaves the input in FOLDER.

let arguments = Array(CommandLine.arguments.dropFirst())
guard let name = arguments.first else {
  for harness in Harness.all { print(harness.name) }
  exit(0)
}
guard let harness = Harness.named(name), arguments.count >= 2 else {
  print("there is no harness \(name), or an argument is missing")
  exit(64)
}
if arguments[1] == "list" {
  for (place, suffixes) in harness.seeds { for suffix in suffixes { print("\(place)\t\(suffix)") } }
  exit(0)
}
if arguments[1] == "report" {
  // Prints the result for each file, to show that good files are still read.
  for path in arguments.dropFirst(2) {
    do {
      try harness.read(path)
      print("\(path): read")
    } catch {
      print("\(path): \(error)")
    }
  }
  exit(0)
}
if arguments[1] == "cycles" || arguments[1] == "threads" {
  guard arguments.count > 3, let count = Int(arguments[2]), count >= 10 else {
    print("give a count of at least 10, and the files")
    exit(64)
  }
  let run = arguments[1] == "cycles" ? Cycles.run : Cycles.runOnThreads
  run(harness, count, Array(arguments.dropFirst(3)))
  exit(0)
}
Session.harness = harness
Session.path = "\(arguments[1])/\(harness.fileName)"

if arguments.count > 2, arguments[2] == "libfuzzer" {
  guard cfuzzer_is_present() != 0 else {
    print("this program is not linked with libFuzzer; use tools/torture fuzz")
    exit(64)
  }
  var words: [UnsafeMutablePointer<CChar>?] = ([CommandLine.arguments[0]] + arguments.dropFirst(3)).map { strdup($0) }
  words.append(nil)
  exit(
    cfuzzer_run(CInt(words.count - 1), &words) { bytes, count in
      Session.read(UnsafeRawBufferPointer(start: bytes, count: count))
      return 0
    })
}

guard arguments.count > 4, let runs = Int(arguments[2]), let seed = UInt64(arguments[3]) else {
  print("give the number of runs, the seed and the files")
  exit(64)
}
let seeds = try arguments.dropFirst(4).map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: $0))) }
var generator = Generator(seed: seed)
var longest = 0.0
for run in 0..<seeds.count + runs {
  var input = run < seeds.count ? seeds[run] : seeds[generator.below(seeds.count)]
  // The unchanged files come first: reading them must not crash either.
  if run >= seeds.count { Session.mutate(&input, &generator) }
  let start = ContinuousClock.now
  input.withUnsafeBytes { Session.read($0) }
  let seconds = (ContinuousClock.now - start) / Duration.seconds(1)
  longest = max(longest, seconds)
  if seconds > 5 {
    print("run \(run) took \(seconds) s")
    exit(1)
  }
}
var usage = rusage()
_ = getrusage(0 /* this process */, &usage)
print("\(name): \(runs) runs, longest \(longest) s, peak \(usage.ru_maxrss / 1024) MiB")
