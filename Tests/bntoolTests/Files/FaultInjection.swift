/// Whether strace can make system calls fail here. If it cannot, the reason is printed.
let canInject: Bool = {
  let outcome = try? Session().shell("strace -o /dev/null -e inject=close:error=EIO:when=60000 true")
  guard outcome?.status == 0 else {
    print("no faults are injected: strace is missing, or may not trace: \(outcome?.errors ?? "")")
    return false
  }
  return true
}()
