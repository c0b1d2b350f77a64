/* The layout that a major promises, on LP64. A change here is a change of the contract: fields are only ever appended. */
#ifndef AUTHHOST_TESTS_ABI_LAYOUT_H
#define AUTHHOST_TESTS_ABI_LAYOUT_H

#include <authhost/services.h>

#ifdef __cplusplus
#define HOLDS(name, condition) static_assert(condition, #name)
#else
#define HOLDS(name, condition) typedef char holds_##name[(condition) ? 1 : -1]
#endif
#define AT(type, field, offset) HOLDS(type##_at_##field, offsetof(authhost_##type, field) == (offset))
#define SIZE(type, bytes) HOLDS(type##_bytes, sizeof(authhost_##type) >= (bytes))

/* A struct without a size of its own can never grow. */
HOLDS(str_size, sizeof(authhost_str) == 16);
AT(str, data, 0);
AT(str, size, 8);

AT(setting, size, 0);
AT(setting, name, 8);
AT(setting, type, 16);
AT(setting, flags, 20);
AT(setting, summary, 24);
AT(setting, default_value, 32);
AT(setting, allowed, 40);
AT(setting, n_allowed, 48);
SIZE(setting, 56);

AT(setting_value, size, 0);
AT(setting_value, type, 8);
AT(setting_value, is_set, 12);
AT(setting_value, string, 16);
AT(setting_value, integer, 32);
AT(setting_value, list, 40);
AT(setting_value, n_list, 48);
SIZE(setting_value, 56);

AT(credentials, size, 0);
AT(credentials, access_token, 8);
AT(credentials, token_type, 24);
AT(credentials, refresh_token, 40);
AT(credentials, id_token, 56);
AT(credentials, expires_in_s, 72);
AT(credentials, expires_at_ms, 80);
AT(credentials, scopes, 88);
AT(credentials, n_scopes, 96);
AT(credentials, id, 104);
SIZE(credentials, 120);

AT(client_config, size, 0);
AT(client_config, issuer, 8);
AT(client_config, token_endpoint, 24);
AT(client_config, authorization_endpoint, 40);
AT(client_config, device_authorization_endpoint, 56);
AT(client_config, revocation_endpoint, 72);
AT(client_config, redirect_uri, 88);
AT(client_config, client_id, 104);
AT(client_config, audience, 120);
AT(client_config, header_key, 136);
AT(client_config, scopes, 152);
AT(client_config, n_scopes, 160);
AT(client_config, code_challenge_methods, 168);
AT(client_config, n_code_challenge_methods, 176);
AT(client_config, iss_parameter_supported, 184);
SIZE(client_config, 192);

AT(refresh, size, 0);
AT(refresh, reason, 8);
AT(refresh, may_interact, 12);
AT(refresh, endpoint, 16);
AT(refresh, previous, 32);
AT(refresh, client_config, 40);
SIZE(refresh, 48);

AT(host, size, 0);
AT(host, abi_major, 8);
AT(host, abi_minor, 12);
AT(host, version, 16);
AT(host, log_enabled, 24);
AT(host, log, 32);
AT(host, set_error, 40);
AT(host, emit_credentials, 48);
AT(host, is_cancelled, 56);
AT(host, deadline_ms, 64);
AT(host, get_setting, 72);
AT(host, get_service, 80);
SIZE(host, 88);

AT(descriptor, size, 0);
AT(descriptor, id, 8);
AT(descriptor, name, 16);
AT(descriptor, version, 24);
AT(descriptor, summary, 32);
AT(descriptor, settings, 40);
AT(descriptor, n_settings, 48);
AT(descriptor, services_needed, 56);
AT(descriptor, n_services_needed, 64);
AT(descriptor, capabilities, 72);
AT(descriptor, create, 80);
AT(descriptor, destroy, 88);
AT(descriptor, refresh, 96);
AT(descriptor, get_extension, 104);
SIZE(descriptor, 112);

AT(revoke, size, 0);
AT(revoke, revoke, 8);

AT(plugin, size, 0);
AT(plugin, abi_major, 8);
AT(plugin, abi_minor, 12);
AT(plugin, min_host_minor, 16);
AT(plugin, n_authenticators, 20);
AT(plugin, authenticators, 24);
SIZE(plugin, 32);

AT(clock_service, now_ms, 8);
AT(clock_service, monotonic_ms, 16);
AT(clock_service, sleep_ms, 24);
AT(crypto_service, random, 8);
AT(crypto_service, sha256, 16);
AT(crypto_service, base64_encode, 24);
AT(crypto_service, base64_decode, 32);
AT(crypto_service, wipe, 40);
HOLDS(http_header_size, sizeof(authhost_http_header) == 32);
AT(http_request, method, 8);
AT(http_request, url, 24);
AT(http_request, headers, 40);
AT(http_request, n_headers, 48);
AT(http_request, body, 56);
AT(http_request, timeout_ms, 72);
AT(http_response, status, 8);
AT(http_response, headers, 16);
AT(http_response, n_headers, 24);
AT(http_response, body, 32);
AT(http_response, retry_after_ms, 48);
AT(http_service, send, 8);
AT(json_service, parse, 8);
AT(json_service, type, 16);
AT(json_service, length, 24);
AT(json_service, item, 32);
AT(json_service, key, 40);
AT(json_service, member, 48);
AT(json_service, string, 56);
AT(json_service, number, 64);
AT(json_service, boolean, 72);
AT(json_service, quote, 80);
AT(browser_service, available, 8);
AT(browser_service, open, 16);
AT(prompt_code, verification_uri, 8);
AT(prompt_code, verification_uri_complete, 24);
AT(prompt_code, user_code, 40);
AT(prompt_code, expires_in_s, 56);
AT(prompt_code, qr, 64);
AT(prompt_service, available, 8);
AT(prompt_service, notice, 16);
AT(prompt_service, show_code, 24);
AT(prompt_service, countdown, 32);
AT(prompt_service, ask, 40);
AT(loopback_options, redirect_uri, 8);
AT(loopback_options, port, 24);
AT(loopback_options, issuer, 32);
AT(loopback_expect, state, 8);
AT(loopback_expect, issuer, 24);
AT(loopback_expect, iss_required, 40);
AT(loopback_expect, timeout_ms, 48);
AT(loopback_result, code, 8);
AT(loopback_result, error, 24);
AT(loopback_result, error_description, 40);
AT(loopback_service, open, 8);
AT(loopback_service, wait, 16);
AT(loopback_service, close, 24);
AT(store_service, get, 8);
AT(store_service, put, 16);
AT(store_service, drop, 24);
AT(process_request, argv, 8);
AT(process_request, n_argv, 16);
AT(process_request, env, 24);
AT(process_request, n_env, 32);
AT(process_request, input, 40);
AT(process_request, timeout_ms, 56);
AT(process_request, max_output, 64);
AT(process_result, exit_code, 8);
AT(process_result, signal, 12);
AT(process_result, output, 16);
AT(process_result, error_tail, 32);
AT(process_service, run, 8);

/* Numbers that travel. */
HOLDS(ok, AUTHHOST_OK == 0);
HOLDS(internal, AUTHHOST_INTERNAL == 1);
HOLDS(invalid_config, AUTHHOST_INVALID_CONFIG == 3);
HOLDS(interaction_required, AUTHHOST_INTERACTION_REQUIRED == 4);
HOLDS(denied, AUTHHOST_DENIED == 5);
HOLDS(unavailable, AUTHHOST_UNAVAILABLE == 6);
HOLDS(protocol, AUTHHOST_PROTOCOL == 7);
HOLDS(store_failed, AUTHHOST_STORE_FAILED == 8);
HOLDS(plugin_failed, AUTHHOST_PLUGIN == 9);
HOLDS(invalid_grant, AUTHHOST_INVALID_GRANT == 10);
HOLDS(deadline, AUTHHOST_DEADLINE == 11);
HOLDS(not_permitted, AUTHHOST_NOT_PERMITTED == 12);
HOLDS(cancelled, AUTHHOST_CANCELLED == 130);

#endif
