// Subject: the plugin that is checked, native or exec.
#pragma once

#include "conform/native_spy.hpp"
#include "core/plugins/authenticator.hpp"
#include "core/plugins/call_state.hpp"
#include "core/plugins/exec/program.hpp"
#include "core/plugins/library.hpp"
#include "core/plugins/trust.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace authhost::conform {

enum class Kind { native, exec };

// What was found out of an exec plugin before this process began: each look costs a process of its own.
struct Known {
  std::optional<std::string> description;  // the line in which it answered `describe`; "": it gave none
  Milliseconds round{0};                   // of a healthy login, from the start of its process to the end; 0: not measured
};

class Subject {
 public:
  // A shared object, a program, or the manifest of one of them. Runs none of its code. PLUGIN: it is none, or not to be trusted.
  static Result<std::unique_ptr<Subject>> open(const std::string& path);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& path() const { return file_.path; }
  [[nodiscard]] const plugins::TrustedFile& file() const { return file_; }
  [[nodiscard]] const plugins::exec::Command& command() const { return command_; }

  // What the host says to it: PLUGIN with its own sentence. The first time it is loaded, or asked to describe itself.
  Result<void> load();
  // Of a loaded one. Exec plugins say it anew.
  Result<std::vector<plugins::AuthenticatorInfo>> describe();
  [[nodiscard]] const std::vector<plugins::AuthenticatorInfo>& authenticators() const { return infos_; }
  // Nothing is known of what it says of itself.
  [[nodiscard]] bool silent() const { return !infos_.empty() && !infos_.front().described; }

  void knows(Known known) { known_ = std::move(known); }
  // The description is there once it was loaded, or could not be for what it said.
  [[nodiscard]] const Known& known() const { return known_; }

  // `granted`: other services than its manifest, or else its descriptor, says.
  Result<std::unique_ptr<plugins::Authenticator>> make(std::size_t index, const std::optional<std::vector<std::string>>& granted,
                                                       OtherHost other, const Call& call);
  // The library, once it is loaded; null for an exec plugin.
  [[nodiscard]] const plugins::NativeLibrary* library() const { return library_; }

 private:
  Subject() = default;
  Result<std::vector<plugins::AuthenticatorInfo>> described_by(Result<std::vector<plugins::AuthenticatorInfo>> all) const;
  Result<std::vector<plugins::AuthenticatorInfo>> described_before() const;

  Kind kind_ = Kind::native;
  std::string manifest_;
  std::string id_;   // by the manifest
  std::string pin_;  // by the manifest, too; "": none
  std::optional<std::vector<std::string>> grants_;
  plugins::TrustedFile file_;
  plugins::exec::Command command_;
  const plugins::NativeLibrary* library_ = nullptr;
  std::optional<plugins::LoadedAuthenticator> spied_;
  std::vector<plugins::AuthenticatorInfo> infos_;
  Known known_;
};

}  // namespace authhost::conform
