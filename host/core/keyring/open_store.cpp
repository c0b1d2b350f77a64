#include "core/config/paths.hpp"
#include "core/keyring/auto_store.hpp"
#include "core/keyring/store.hpp"

namespace authhost::keyring {

Result<std::shared_ptr<Store>> open_store(config::Storage storage, const Call& call, std::string* why) {
  if (storage == config::Storage::memory) return make_memory_store();
  if (storage == config::Storage::secret_service) return make_secret_service_store();
  AUTHHOST_TRY(folder, paths::state_home());
  auto file = make_file_store(std::move(folder));
  if (storage == config::Storage::file) return file;
  auto service = make_secret_service_store();
  const auto usable = service->probe(call);
  if (usable) return std::shared_ptr<Store>(std::make_shared<AutoStore>(std::move(service), std::move(file)));
  AUTHHOST_CHECK(call.check());
  // Absent, locked, or silent: what is written instead is sealed, never in clear.
  if (why != nullptr) *why = usable.error().message;
  return file;
}

}  // namespace authhost::keyring
