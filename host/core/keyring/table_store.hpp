// A session's store out of a credential store's table, and the encrypted file as such a table: the proof of
// authhost/draft/credential_store.h. No manifest leads here yet.
#pragma once

#include "core/keyring/store.hpp"

#include <authhost/draft/credential_store.h>

#include <memory>
#include <string>

namespace authhost::keyring {

// `location` is for the table to understand. PLUGIN if the table cannot be used; it lives as long as the process.
Result<std::shared_ptr<Store>> make_table_store(const authhost_credential_store& table, const std::string& location, const Call& call);

// The encrypted files of make_file_store; the location is their folder. A lease is the key's lock, the one that sessions take: it
// lasts as long as this process at most, and those who do not ask for leases are kept out as well.
const authhost_credential_store& file_table();

}  // namespace authhost::keyring
