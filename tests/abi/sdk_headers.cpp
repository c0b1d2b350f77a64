// Every C++ header of the SDK, twice, in C++20.
#include <authhost/authenticator.hpp>
#include <authhost/client_config.hpp>
#include <authhost/context.hpp>
#include <authhost/credentials.hpp>
#include <authhost/oauth2.hpp>
#include <authhost/result.hpp>
#include <authhost/secret.hpp>
#include <authhost/services.hpp>
#include <authhost/settings.hpp>
#include <authhost/testing.hpp>
#include <authhost/text.hpp>

#include <authhost/authenticator.hpp>
#include <authhost/oauth2.hpp>

int authhost_sdk_headers_compile() { return 0; }
