import Platform
import TestSupport
import Testing
@testable import Remote

@Suite("The settings of AWS")
struct AWSSettingsTests {
  private static let credentials = """
    # the user's keys
    [default]
    aws_access_key_id = DEFAULTKEY
    aws_secret_access_key=default/secret+=

    [ work ]
    aws_access_key_id=WORKKEY
    aws_secret_access_key=work secret
    aws_session_token = work=token
    """
  private static let config = """
    [default]
    region = eu-west-1
    [profile work]
    region=ap-south-1
    services = local
    s3 =
      max_concurrent_requests = 20
      addressing_style = path
    output = json
    [services local]
    dynamodb =
      endpoint_url = http://localhost:1
    s3 =
      endpoint_url = http://localhost:2
    [profile endpoint]
    endpoint_url = https://storage.example
    aws_access_key_id = C
    aws_secret_access_key = D
    [profile sso]
    sso_session = my
    [profile nothing]
    region = us-west-2
    """

  private func settings(
    _ environment: [String: String], credentials: String = credentials, config: String = config
  ) throws(FileError) -> AWSSettings {
    try AWSSettings(
      environment: { environment[$0] }, credentials: AWSFile(credentials), config: AWSFile(config), for: "s3://b/k")
  }

  @Test("come from the default profile") func defaultProfile() throws {
    let settings = try settings([:])
    #expect(settings.credentials == AWSCredentials(key: "DEFAULTKEY", secret: "default/secret+=", token: nil))
    #expect(settings.region == "eu-west-1")
    #expect(settings.endpoint == nil)
  }

  @Test("come from the profile that AWS_PROFILE names, with the endpoint of its services") func namedProfile() throws {
    let settings = try settings(["AWS_PROFILE": "work"])
    #expect(settings.credentials == AWSCredentials(key: "WORKKEY", secret: "work secret", token: "work=token"))
    #expect(settings.region == "ap-south-1")
    #expect(settings.endpoint == "http://localhost:2")
    let other = try self.settings(["AWS_DEFAULT_PROFILE": "endpoint"])
    #expect(other.credentials == AWSCredentials(key: "C", secret: "D", token: nil))
    #expect(other.endpoint == "https://storage.example")
  }

  @Test("come from the environment first") func environment() throws {
    let settings = try settings([
      "AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "F", "AWS_SESSION_TOKEN": "G", "AWS_REGION": "us-east-2",
      "AWS_DEFAULT_REGION": "us-west-1", "AWS_ENDPOINT_URL": "http://localhost:3",
      "AWS_ENDPOINT_URL_S3": "http://localhost:4", "AWS_PROFILE": "work",
    ])
    #expect(settings.credentials == AWSCredentials(key: "E", secret: "F", token: "G"))
    #expect(settings.region == "us-east-2")
    #expect(settings.endpoint == "http://localhost:4")
  }

  @Test("have no credentials if none are configured") func anonymous() throws {
    let settings = try settings([:], credentials: "", config: "")
    #expect(settings.credentials == nil)
    #expect(settings.region == "us-east-1")
    #expect(try self.settings(["AWS_PROFILE": "nothing"]).credentials == nil)
  }

  @Test(
    "are refused if the profile or the endpoint cannot be used",
    arguments: [
      (["AWS_PROFILE": "missing"], "no profile \"missing\""),
      (["AWS_PROFILE": "sso"], "aws configure export-credentials"),
      (["AWS_ENDPOINT_URL": "localhost:9000"], "not a URL"),
      (["AWS_ENDPOINT_URL": "http://me:secret@host"], "not a URL"),
    ])
  func refused(environment: [String: String], text: String) {
    let error = expectError(
      FileError.self, mentioning: ["s3://b/k", text], sourceLocation: #_sourceLocation,
      { try settings(environment) }, where: { $0.code == .denied })
    #expect(error?.description.contains("secret") != true)
  }
}
