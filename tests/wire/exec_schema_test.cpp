// The golden transcripts of authhost.exec/1 are what proto/authhost/plugin/v1/exec.proto says.
#include <catch2/catch.hpp>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace fs = std::filesystem;
namespace pb = google::protobuf;

namespace {

class Schema {
 public:
  Schema() {
    std::ifstream in(EXEC_SCHEMA, std::ios::binary);
    pb::FileDescriptorSet set;
    REQUIRE(set.ParseFromIstream(&in));
    for (const auto& file : set.file()) REQUIRE(pool_.BuildFile(file) != nullptr);
  }
  // "": `json` is such a message. No field may be unknown.
  std::string problem(const std::string& message, const std::string& json) {
    const auto* const type = pool_.FindMessageTypeByName("authhost.plugin.v1." + message);
    if (type == nullptr) return "there is no message " + message;
    const std::unique_ptr<pb::Message> read(factory_.GetPrototype(type)->New());
    const auto status = pb::util::JsonStringToMessage(json, read.get());
    return status.ok() ? "" : message + ": " + status.ToString();
  }
  // A member of a frame's own, as JSON; "" if it has none.
  std::string member(const std::string& frame_type, const std::string& json, const char* name) {
    const auto* const type = pool_.FindMessageTypeByName("authhost.plugin.v1." + frame_type);
    const std::unique_ptr<pb::Message> read(factory_.GetPrototype(type)->New());
    REQUIRE(pb::util::JsonStringToMessage(json, read.get()).ok());
    const auto* const field = type->FindFieldByName(name);
    const auto* const reflection = read->GetReflection();
    if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING) return reflection->GetString(*read, field);
    if (!reflection->HasField(*read, field)) return "";
    std::string out;
    REQUIRE(pb::util::MessageToJsonString(reflection->GetMessage(*read, field), &out).ok());
    return out;
  }

 private:
  pb::DescriptorPool pool_;
  pb::DynamicMessageFactory factory_;
};

// "authhost.http/1", "show_code" -> "HttpShowCode"
std::string message_of(const std::string& service, const std::string& method) {
  std::string out;
  bool up = true;
  const std::string words = service.substr(9, service.find('/') - 9) + "_" + method;
  for (const char c : words) {
    if (c == '_') up = true;
    else out += up ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c, up = false;
  }
  return out;
}

}  // namespace

TEST_CASE("every frame of the golden transcripts is as the schema says, and so are the calls in them") {
  Schema schema;
  int frames = 0;
  for (const auto& entry : fs::directory_iterator(std::string(AUTHHOST_SOURCE_DIR) + "/tests/unit/loader/transcripts")) {
    std::ifstream in(entry.path());
    std::string asked;  // the message of the method that was called last
    for (std::string line; std::getline(in, line);) {
      if (line.empty() || line.front() == '#') continue;
      const bool host = line.rfind("host ", 0) == 0;
      const std::string json = line.substr(line.find(' ') + 1);
      INFO(entry.path().filename() << ": " << json);
      CHECK(schema.problem(host ? "HostFrame" : "PluginFrame", json) == "");
      ++frames;
      if (!host && schema.member("PluginFrame", json, "type") == "call") {
        asked = message_of(schema.member("PluginFrame", json, "service"), schema.member("PluginFrame", json, "method"));
        CHECK(schema.problem(asked + "Params", schema.member("PluginFrame", json, "params")) == "");
      }
      const std::string result = host && schema.member("HostFrame", json, "type") == "reply" ? schema.member("HostFrame", json, "result") : "";
      if (!result.empty() && result != "{}") CHECK(schema.problem(asked + "Result", result) == "");
    }
  }
  CHECK(frames > 12);
}
