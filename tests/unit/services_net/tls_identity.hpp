// TlsIdentity: a key and a certificate that vouches for itself, made for one test.
#pragma once

#include <string>

struct ssl_ctx_st;
struct evp_pkey_st;
struct x509_st;

namespace authhost::test {

class TlsIdentity {
 public:
  // `subject_names` as in X.509: "IP:127.0.0.1", "DNS:localhost".
  explicit TlsIdentity(const std::string& subject_names);
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;
  ~TlsIdentity();

  [[nodiscard]] ssl_ctx_st* server_context() const;  // the caller frees it
  // The path of a PEM file with the certificate; gone with this object.
  [[nodiscard]] const std::string& ca_file() const { return file_; }

 private:
  evp_pkey_st* key_ = nullptr;
  x509_st* certificate_ = nullptr;
  std::string folder_;
  std::string file_;
};

}  // namespace authhost::test
