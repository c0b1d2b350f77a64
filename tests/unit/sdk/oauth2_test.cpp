#include <authhost/authenticator.hpp>
#include <authhost/oauth2.hpp>
#include <authhost/testing.hpp>

#include <catch2/catch.hpp>

using namespace authhost;

namespace {

// Runs one function inside a call.
struct Probe final : Authenticator {
  static constexpr auto kId = "org.example.probe";
  static constexpr auto kName = "Probe";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "For tests";
  static constexpr const char* kServices[] = {AUTHHOST_SERVICE_CRYPTO, AUTHHOST_SERVICE_JSON};
  static inline std::string challenge;
  static inline std::string nonce;

  Result<Credentials> do_refresh_credentials(Context& context) override {
    // RFC 7636, appendix B.
    AUTHHOST_TRY(made, oauth2::s256_challenge(context, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    challenge = made;
    // {"alg":"none"} . {"nonce":"n-1"}
    Credentials credentials;
    credentials.access_token = Secret("t");
    credentials.id_token = Secret("eyJhbGciOiJub25lIn0.eyJub25jZSI6Im4tMSJ9.c2ln");
    AUTHHOST_CHECK(oauth2::check_nonce(context, credentials, nonce));
    return credentials;
  }
};

}  // namespace

TEST_CASE("O1 the challenge is the one of RFC 7636, appendix B") {
  testing::FakeHost host(detail::Plugin<Probe>::kValue);
  Probe::nonce.clear();
  REQUIRE(host.refresh().ok());
  CHECK(Probe::challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_CASE("O52 an id token has to repeat the nonce exactly") {
  testing::FakeHost host(detail::Plugin<Probe>::kValue);
  Probe::nonce = "n-1";
  CHECK(host.refresh().ok());
  for (const char* nonce : {"n-2", "n-", "n-11"}) {
    Probe::nonce = nonce;
    CHECK(host.refresh().status() == Status::protocol);
  }
}
