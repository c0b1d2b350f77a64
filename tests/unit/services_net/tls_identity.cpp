#include "tls_identity.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace authhost::test {
namespace {

void extend(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

TlsIdentity::TlsIdentity(const std::string& subject_names) {
  key_ = EVP_EC_gen("P-256");
  certificate_ = X509_new();
  X509_set_version(certificate_, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate_), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
  X509_set_pubkey(certificate_, key_);
  X509_NAME* name = X509_get_subject_name(certificate_);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate_, name);
  extend(certificate_, NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate_, NID_subject_alt_name, subject_names);
  if (X509_sign(certificate_, key_, EVP_sha256()) == 0) throw std::runtime_error("no test certificate");

  char folder[] = "/tmp/authhost-test-XXXXXX";
  if (::mkdtemp(folder) == nullptr) throw std::runtime_error("no folder for the test certificate");
  folder_ = folder;
  file_ = folder_ + "/ca.pem";
  std::FILE* out = std::fopen(file_.c_str(), "w");
  if (out == nullptr || PEM_write_X509(out, certificate_) != 1)
    throw std::runtime_error("no file for the test certificate");
  std::fclose(out);
}

TlsIdentity::~TlsIdentity() {
  ::unlink(file_.c_str());
  ::rmdir(folder_.c_str());
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

ssl_ctx_st* TlsIdentity::server_context() const {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate(context, certificate_);
  SSL_CTX_use_PrivateKey(context, key_);
  return context;
}

}  // namespace authhost::test
