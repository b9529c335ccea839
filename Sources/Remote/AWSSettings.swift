import Platform

/// The credentials, the region and the endpoint that the AWS tools would use: from the environment, then from the user's files.
struct AWSSettings: Sendable {
  /// The user's key; nil for requests without a signature.
  var credentials: AWSCredentials?
  var region: String
  /// The URL of a server that is not Amazon's.
  var endpoint: String?

  /// The settings of this process.
  ///
  /// - Parameter name: The object that is read, for messages.
  /// - Throws: `FileError` with code `.denied` if the chosen profile does not exist or has no usable credentials.
  static func current(for name: String) throws(FileError) -> AWSSettings {
    func file(_ variable: String, _ usual: String) -> AWSFile {
      let home = Environment.value(of: "HOME") ?? ""
      let path = Environment.value(of: variable) ?? "\(home)/.aws/\(usual)"
      return AWSFile((try? ReadableFile.text(of: path)) ?? "")
    }
    return try AWSSettings(
      environment: { Environment.value(of: $0).flatMap { $0.isEmpty ? nil : $0 } },
      credentials: file("AWS_SHARED_CREDENTIALS_FILE", "credentials"), config: file("AWS_CONFIG_FILE", "config"),
      for: name)
  }

  /// Chooses the settings from an environment and the contents of the two files.
  init(
    environment: (String) -> String?, credentials file: AWSFile, config: AWSFile, for name: String
  ) throws(FileError) {
    let chosen = environment("AWS_PROFILE") ?? environment("AWS_DEFAULT_PROFILE")
    let profile = chosen ?? "default"
    let own = file.sections[profile]
    let shared = config.sections["profile \(profile)"] ?? config.sections[profile]
    region = environment("AWS_REGION") ?? environment("AWS_DEFAULT_REGION") ?? shared?["region"] ?? "us-east-1"
    let services = shared?["services"].flatMap { config.sections["services \($0)"] }
    let endpoint =
      environment("AWS_ENDPOINT_URL_S3") ?? environment("AWS_ENDPOINT_URL") ?? services?["s3.endpoint_url"]
      ?? shared?["endpoint_url"]
    func fault(_ problem: String) -> FileError { FileError(.denied, problem, path: name) }
    if let endpoint {
      guard let scheme = RemotePath.scheme(of: endpoint), scheme != "s3://", !endpoint.contains("@") else {
        throw fault("the endpoint of S3 in the settings of AWS is not a URL of http or https; correct it")
      }
      self.endpoint = endpoint
    }
    if let key = environment("AWS_ACCESS_KEY_ID"), let secret = environment("AWS_SECRET_ACCESS_KEY") {
      credentials = AWSCredentials(key: key, secret: secret, token: environment("AWS_SESSION_TOKEN"))
      return
    }
    for section in [own, shared] {
      guard let key = section?["aws_access_key_id"], let secret = section?["aws_secret_access_key"] else { continue }
      credentials = AWSCredentials(key: key, secret: secret, token: section?["aws_session_token"])
      return
    }
    guard own != nil || shared != nil || chosen == nil else {
      throw fault("there is no profile \"\(profile)\" in the settings of AWS; correct AWS_PROFILE")
    }
    let others = ["role_arn", "sso_session", "sso_start_url", "credential_process", "web_identity_token_file"]
    if let other = others.first(where: { own?[$0] != nil || shared?[$0] != nil }) {
      throw fault(
        "the profile \"\(profile)\" takes its credentials from \(other), which is not supported; run: "
          + "eval \"$(aws configure export-credentials --profile \(profile) --format env)\"")
    }
  }
}

/// A file of settings of the AWS tools: sections in brackets, with a setting in each line.
struct AWSFile: Sendable {
  /// The settings of each section. The name of an indented setting is the name of the setting above it, a period, and its own name.
  private(set) var sections: [String: [String: String]] = [:]

  /// Reads the text of a file. Lines of another form are left out, as the AWS tools do.
  init(_ text: String) {
    var section: String?
    var parent: String?
    for line in text.split(whereSeparator: \.isNewline) {
      let content = line.trimmed
      guard let first = content.first, first != "#", first != ";" else { continue }
      if first == "[", let end = content.firstIndex(of: "]") {
        section = content.dropFirst().prefix(upTo: end).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        sections[section ?? "", default: [:]] = sections[section ?? ""] ?? [:]
        parent = nil
        continue
      }
      guard let section, let equal = content.firstIndex(of: "=") else { continue }
      let name = content[..<equal].trimmed.lowercased()
      let value = content[content.index(after: equal)...].trimmed
      if line.first?.isWhitespace ?? false, let parent {
        sections[section]?["\(parent).\(name)"] = value
      } else {
        sections[section]?[name] = value
        parent = value.isEmpty ? name : nil
      }
    }
  }
}
