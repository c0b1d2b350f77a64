// OAuth 2.0 for plugin authors: one header a grant, on top of the host's services.
//
// The authenticator lists the services that the grant uses in kServices: all need clock, http and json;
// code_login also crypto, browser, prompt and loopback; device_login also prompt, and browser if it is to open one;
// ClientAuth::basic also crypto.
#pragma once

#include <authhost/oauth2/client.hpp>
#include <authhost/oauth2/code.hpp>
#include <authhost/oauth2/device.hpp>
#include <authhost/oauth2/form.hpp>
#include <authhost/oauth2/id_token.hpp>
#include <authhost/oauth2/pkce.hpp>
#include <authhost/oauth2/refresh.hpp>
#include <authhost/oauth2/token.hpp>
#include <authhost/oauth2/url.hpp>
