// A Secret Service that misbehaves on purpose, on the current session bus.
#pragma once

#include <memory>

namespace authhost::keyring {

class FakeSecretService {
 public:
  enum class Mode {
    silent,             // owns its name and never answers
    hangs_on_create,    // an unlocked collection; CreateItem is never answered
    prompts_on_create,  // an unlocked collection; CreateItem answers with a prompt
  };
  explicit FakeSecretService(Mode mode);
  FakeSecretService(const FakeSecretService&) = delete;
  FakeSecretService& operator=(const FakeSecretService&) = delete;
  ~FakeSecretService();

  [[nodiscard]] int prompts() const;  // how often a prompt was asked for

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace authhost::keyring
