/* authhost plugin ABI, major 1: the binary contract between the host and an authenticator plugin.
 *
 * C99, no dependency but <stddef.h> and <stdint.h>. A plugin exports ONE constant symbol, `authhost_plugin_v1`, of
 * type `authhost_plugin`, and nothing else. The rules are numbered in docs/abi.md; the short form:
 *
 *   - Append only. Every struct that may grow begins with its size as the writer knew it. A reader looks at a field
 *     only if `size` covers it. A minor version adds fields at the end or adds services; a major is a new symbol.
 *   - Everything passed by pointer is borrowed until the call returns. Results of the host live in the call's arena
 *     and are wiped when the call ends. No `free` crosses the border.
 *   - Calls into one instance are never concurrent. Two instances may be called at the same time.
 *   - No exception crosses. A plugin does not write to stdout, call exit(), install signal handlers or setenv().
 *
 * Each function is tagged with the threads that may call it:
 *   [call-thread]  only the thread that runs the current call into the instance, and only during that call
 *   [any-thread]   any thread of the process
 */
#ifndef AUTHHOST_ABI_H
#define AUTHHOST_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AUTHHOST_ABI_MAJOR 1u
#define AUTHHOST_ABI_MINOR 1u
#define AUTHHOST_PLUGIN_SYMBOL "authhost_plugin_v1"

#if defined(__GNUC__)
#define AUTHHOST_EXPORT __attribute__((visibility("default")))
#else
#define AUTHHOST_EXPORT
#endif

/* True if the struct that `ptr` points to was written by someone who knew `field`. `ptr->size` is always the first
 * member. */
#define AUTHHOST_HAS_FIELD(ptr, type, field) \
  ((ptr)->size >= offsetof(type, field) + sizeof(((const type*)0)->field))

/* A run of bytes. Strings that the host passes are valid UTF-8 unless said otherwise and are followed by a NUL that
 * `size` does not count; strings that a plugin passes need no NUL. Empty: size 0, data may be NULL. */
typedef struct authhost_str {
  const char* data;
  size_t size;
} authhost_str;

/* Outcome of an operation; the values below 200 are also the exit statuses of the command line. */
typedef int32_t authhost_status;
enum {
  AUTHHOST_OK = 0,
  AUTHHOST_INTERNAL = 1,             /* a bug in the host or the plugin */
  AUTHHOST_USAGE = 2,                /* the caller's arguments make no sense */
  AUTHHOST_INVALID_CONFIG = 3,       /* a setting or a configured value is wrong or missing */
  AUTHHOST_INTERACTION_REQUIRED = 4, /* a person has to act, and none may be asked */
  AUTHHOST_DENIED = 5,               /* the server, or the person, said no */
  AUTHHOST_UNAVAILABLE = 6,          /* network or server trouble; trying again may help */
  AUTHHOST_PROTOCOL = 7,             /* the server's answer breaks the protocol */
  AUTHHOST_STORE_FAILED = 8,         /* credentials could not be read or kept */
  AUTHHOST_PLUGIN = 9,               /* a plugin or program is missing, refused, incompatible or crashed */
  AUTHHOST_INVALID_GRANT = 10,       /* the refresh token is no longer accepted: log in again */
  AUTHHOST_DEADLINE = 11,            /* time ran out */
  AUTHHOST_NOT_PERMITTED = 12,       /* the manifest does not grant this service to the plugin */
  AUTHHOST_CANCELLED = 130           /* the caller, or the person, cancelled */
};

/* Severity of a log line. */
enum { AUTHHOST_LOG_ERROR = 0, AUTHHOST_LOG_WARN = 1, AUTHHOST_LOG_INFO = 2, AUTHHOST_LOG_DEBUG = 3 };

/* Why new credentials are wanted. */
enum {
  AUTHHOST_REASON_LOGIN = 0,    /* there are none, or a fresh login was asked for: `previous` is not to be refreshed */
  AUTHHOST_REASON_EXPIRED = 1,  /* expired, or about to */
  AUTHHOST_REASON_REJECTED = 2, /* a server rejected the access token in `previous` */
  AUTHHOST_REASON_FORCED = 3    /* the caller wants new ones in any case */
};

/* Types of a declared setting. */
enum {
  AUTHHOST_SETTING_STRING = 0,
  AUTHHOST_SETTING_INTEGER = 1,
  AUTHHOST_SETTING_BOOLEAN = 2,
  AUTHHOST_SETTING_DURATION = 3,    /* text such as "90s", "5m"; delivered in milliseconds */
  AUTHHOST_SETTING_STRING_LIST = 4,
  AUTHHOST_SETTING_SECRET = 5       /* NAME_env, NAME_file or NAME_command in the configuration; delivered as a string */
};
enum { AUTHHOST_SETTING_REQUIRED = 1u };

/* What an authenticator can do (authhost_descriptor::capabilities). */
enum {
  AUTHHOST_CAP_INTERACTIVE = 1u,   /* a login needs a person */
  AUTHHOST_CAP_OAUTH = 2u          /* reads the endpoints in authhost_client_config: discovery makes sense */
};

/* A setting that an authenticator understands. The host rejects every other key in `[profiles.X.settings]`. */
typedef struct authhost_setting {
  size_t size;
  const char* name;          /* snake_case, NUL-terminated */
  int32_t type;              /* AUTHHOST_SETTING_* */
  uint32_t flags;            /* AUTHHOST_SETTING_REQUIRED or 0 */
  const char* summary;       /* one line for people */
  const char* default_value; /* as it would be written in the configuration; NULL: none */
  const char* const* allowed; /* the permitted values of a string setting; NULL: any */
  size_t n_allowed;
} authhost_setting;

/* The value of a setting; only the member of the declared type is filled. */
typedef struct authhost_setting_value {
  size_t size;
  int32_t type;
  int32_t is_set;            /* 0: neither configured nor defaulted; the other members are empty */
  authhost_str string;       /* STRING, SECRET */
  int64_t integer;           /* INTEGER, BOOLEAN (0 or 1), DURATION (milliseconds) */
  const authhost_str* list;  /* STRING_LIST */
  size_t n_list;
} authhost_setting_value;

/* Tokens, in either direction. Times: seconds of life as the server said them, or a point in time. */
typedef struct authhost_credentials {
  size_t size;
  authhost_str access_token;
  authhost_str token_type;    /* empty means "Bearer" */
  authhost_str refresh_token; /* emitted empty: the previous one, if any, is kept (RFC 6749, section 6) */
  authhost_str id_token;
  int64_t expires_in_s;       /* seconds from now; -1: not said */
  int64_t expires_at_ms;      /* milliseconds since the Unix epoch, UTC; -1: not said. Used if expires_in_s is -1 */
  const authhost_str* scopes; /* granted scopes; none: as requested */
  size_t n_scopes;
  authhost_str id;            /* set by the host: MD5 of the access token in lower-case hex */
} authhost_credentials;

/* The most that the host takes of them; more is PROTOCOL, and a longer life is cut (rule R24). */
#define AUTHHOST_MAX_TOKEN 65536       /* bytes, of each of the tokens */
#define AUTHHOST_MAX_SCOPES 256
#define AUTHHOST_MAX_SCOPE 1024        /* bytes */
#define AUTHHOST_MAX_LIFE_S 315360000  /* ten years */

/* What is known about the client and its authorization server, after discovery and local overrides. Empty: unknown. */
typedef struct authhost_client_config {
  size_t size;
  authhost_str issuer;
  authhost_str token_endpoint;
  authhost_str authorization_endpoint;
  authhost_str device_authorization_endpoint;
  authhost_str revocation_endpoint;
  authhost_str redirect_uri;
  authhost_str client_id;
  authhost_str audience;
  authhost_str header_key;
  const authhost_str* scopes;
  size_t n_scopes;
  const authhost_str* code_challenge_methods; /* as the server's metadata lists them; none: not said */
  size_t n_code_challenge_methods;
  int32_t iss_parameter_supported;            /* RFC 9207: authorization_response_iss_parameter_supported */
} authhost_client_config;

/* One request for credentials. */
typedef struct authhost_refresh {
  size_t size;
  int32_t reason;                              /* AUTHHOST_REASON_* */
  int32_t may_interact;                        /* 0: nobody may be asked; end with INTERACTION_REQUIRED instead */
  authhost_str endpoint;                       /* the service the token is for, as configured */
  const authhost_credentials* previous;        /* NULL: none */
  const authhost_client_config* client_config; /* never NULL */
} authhost_refresh;

/* One call from the host into a plugin: its deadline, its cancellation, its arena. Opaque; valid until the plugin
 * function that received it returns. */
typedef struct authhost_call authhost_call;

/* The plugin's own object. Opaque to the host. */
typedef struct authhost_instance authhost_instance;

/* What the host offers. One constant table; valid from `create` until `destroy` has returned. */
typedef struct authhost_host {
  size_t size;
  uint32_t abi_major;
  uint32_t abi_minor;
  const char* version; /* the host's own version, for logs */

  /* [call-thread] Whether a line of this level would be seen. */
  int32_t (*log_enabled)(authhost_call* call, int32_t level);
  /* [call-thread] Logs one line. Secrets of this call are redacted by the host, but do not pass any. */
  void (*log)(authhost_call* call, int32_t level, authhost_str line);
  /* [call-thread] Says why the call will fail: what failed and why, and what to do (may be empty). The status that the
   * plugin function returns counts; the last message wins. */
  void (*set_error)(authhost_call* call, authhost_status status, authhost_str message, authhost_str hint);
  /* [call-thread] Hands the result over; copied before it returns. A token that could not go into a header, or a
   * token type that is not understood, is refused with PROTOCOL and the error is already set. */
  authhost_status (*emit_credentials)(authhost_call* call, const authhost_credentials* credentials);
  /* [call-thread] Non-zero once the caller gave up or the deadline passed: return within a second. */
  int32_t (*is_cancelled)(authhost_call* call);
  /* [call-thread] Milliseconds left, never negative; INT64_MAX: no deadline. */
  int64_t (*deadline_ms)(authhost_call* call);
  /* [call-thread] Reads a declared setting into `out` (set out->size first). INVALID_CONFIG: the value, or the place a
   * secret should come from, is wrong or missing, and the error is already set. USAGE: not declared. */
  authhost_status (*get_setting)(authhost_call* call, const char* name, authhost_setting_value* out);
  /* [call-thread] Finds a service table such as "authhost.http/1" (services.h). OK with *out NULL: this host has none.
   * NOT_PERMITTED: it has, but the manifest does not grant it, or the descriptor does not list it. */
  authhost_status (*get_service)(authhost_call* call, const char* name, const void** out);

  /* Since 1.1. [call-thread] The last error of this call, whoever set it: what failed, and what to do. Ask before anything
   * else is called. Both empty if there is none. Valid until the call ends; either pointer may be NULL. For a plugin that
   * goes on after a function of this table, or of a service, has failed: one that returns the status need not ask. */
  void (*last_error)(authhost_call* call, authhost_str* message, authhost_str* hint);
} authhost_host;

/* One authenticator. Constant data; all strings NUL-terminated UTF-8. */
typedef struct authhost_descriptor {
  size_t size;
  const char* id;                           /* reverse DNS, e.g. "org.authhost.pkce"; its last part is the short name */
  const char* name;                         /* for people */
  const char* version;
  const char* summary;                      /* one sentence */
  const authhost_setting* const* settings;
  size_t n_settings;
  const char* const* services_needed;       /* e.g. "authhost.http/1" */
  size_t n_services_needed;
  uint32_t capabilities;                    /* AUTHHOST_CAP_* */

  /* [any-thread] Makes an instance. No I/O, under 100 ms. */
  authhost_status (*create)(const authhost_host* host, authhost_call* call, authhost_instance** out);
  /* [any-thread] Ends an instance; no call into it is running. */
  void (*destroy)(authhost_instance* instance);
  /* [call-thread] Gets credentials and emits them, or sets an error and returns its status. */
  authhost_status (*refresh)(authhost_instance* instance, authhost_call* call, const authhost_refresh* request);
  /* [any-thread] A table for a capability that not every authenticator has, e.g. AUTHHOST_EXT_REVOKE; NULL: none. The
   * member itself may be NULL. */
  const void* (*get_extension)(const char* name);
} authhost_descriptor;

/* Extension: tells the server that tokens are no longer wanted (RFC 7009). */
#define AUTHHOST_EXT_REVOKE "authhost.revoke/1"
typedef struct authhost_revoke {
  size_t size;
  /* [call-thread] Revokes request->previous. OK also if the server did not know the token, or has no revocation
   * endpoint. */
  authhost_status (*revoke)(authhost_instance* instance, authhost_call* call, const authhost_refresh* request);
} authhost_revoke;

/* The exported symbol's type. */
typedef struct authhost_plugin {
  size_t size;
  uint32_t abi_major;      /* AUTHHOST_ABI_MAJOR the plugin was built with */
  uint32_t abi_minor;      /* AUTHHOST_ABI_MINOR the plugin was built with */
  uint32_t min_host_minor; /* the host must offer at least this minor */
  uint32_t n_authenticators;
  const authhost_descriptor* const* authenticators;
} authhost_plugin;

extern AUTHHOST_EXPORT const authhost_plugin authhost_plugin_v1;

#ifdef __cplusplus
}
#endif

#endif /* AUTHHOST_ABI_H */
