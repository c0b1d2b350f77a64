/* The services that the host offers to a plugin, found by name with authhost_host::get_service.
 *
 * Each is a table that begins with its size and only grows at the end. Every function takes the current call first,
 * is [call-thread], obeys the call's deadline and cancellation (DEADLINE, CANCELLED), and sets the error of the call
 * when it does not return OK. Results live until the plugin function returns.
 */
#ifndef AUTHHOST_SERVICES_H
#define AUTHHOST_SERVICES_H

#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- authhost.clock/1: time ---- */
#define AUTHHOST_SERVICE_CLOCK "authhost.clock/1"
typedef struct authhost_clock_service {
  size_t size;
  int64_t (*now_ms)(authhost_call* call);       /* wall clock, milliseconds since the Unix epoch, UTC */
  int64_t (*monotonic_ms)(authhost_call* call); /* never jumps; for lifetimes and time-outs */
  authhost_status (*sleep_ms)(authhost_call* call, int64_t milliseconds); /* 0 to a day: less or more is taken for these */
} authhost_clock_service;

/* ---- authhost.crypto/1: randomness, digests, base64 ---- */
#define AUTHHOST_SERVICE_CRYPTO "authhost.crypto/1"
enum { AUTHHOST_BASE64_STANDARD = 0, AUTHHOST_BASE64_URL_UNPADDED = 1 }; /* RFC 4648, sections 4 and 5 */
typedef struct authhost_crypto_service {
  size_t size;
  authhost_status (*random)(authhost_call* call, void* out, size_t n); /* cryptographically strong */
  authhost_status (*sha256)(authhost_call* call, authhost_str data, uint8_t out[32]);
  authhost_status (*base64_encode)(authhost_call* call, authhost_str data, int32_t alphabet, authhost_str* out);
  /* PROTOCOL: it is not base64 of that alphabet. */
  authhost_status (*base64_decode)(authhost_call* call, authhost_str text, int32_t alphabet, authhost_str* out);
  void (*wipe)(authhost_call* call, void* data, size_t n); /* never optimised away */
} authhost_crypto_service;

/* ---- authhost.http/1: HTTP with the profile's CA, proxy and limits; redirects are never followed ---- */
#define AUTHHOST_SERVICE_HTTP "authhost.http/1"
typedef struct authhost_http_header {
  authhost_str name;
  authhost_str value;
} authhost_http_header;
typedef struct authhost_http_request {
  size_t size;
  authhost_str method; /* "GET", "POST", … */
  authhost_str url;    /* https, or http on loopback where the profile allows it */
  const authhost_http_header* headers;
  size_t n_headers;
  authhost_str body;
  int64_t timeout_ms; /* 0: the host's own limit, 30 s in all */
} authhost_http_request;
typedef struct authhost_http_response {
  size_t size;
  int32_t status;
  const authhost_http_header* headers;
  size_t n_headers;
  authhost_str body;      /* raw bytes, at most 1 MiB */
  int64_t retry_after_ms; /* RFC 9110, 10.2.3, at most 60 s; -1: none */
} authhost_http_response;
typedef struct authhost_http_service {
  size_t size;
  /* OK: there is a complete answer, whatever its status. UNAVAILABLE: no connection. PROTOCOL: not HTTP, or over a
   * limit. Set out->size first. */
  authhost_status (*send)(authhost_call* call, const authhost_http_request* request, authhost_http_response* out);
} authhost_http_service;

/* ---- authhost.json/1: strict reading (RFC 8259; depth <= 32, no duplicate keys, no trailing data) ---- */
#define AUTHHOST_SERVICE_JSON "authhost.json/1"
typedef struct authhost_json_value authhost_json_value; /* opaque, lives in the call's arena */
enum {
  AUTHHOST_JSON_NULL = 0,
  AUTHHOST_JSON_BOOLEAN = 1,
  AUTHHOST_JSON_NUMBER = 2,
  AUTHHOST_JSON_STRING = 3,
  AUTHHOST_JSON_ARRAY = 4,
  AUTHHOST_JSON_OBJECT = 5
};
/* Every function but parse and quote takes NULL for a value, and then answers as for a value of another type: what is asked of a
 * member that is not there needs no check of its own. */
typedef struct authhost_json_service {
  size_t size;
  /* PROTOCOL says why it is not such JSON, without quoting it. */
  authhost_status (*parse)(authhost_call* call, authhost_str text, const authhost_json_value** out);
  int32_t (*type)(authhost_call* call, const authhost_json_value* value); /* of NULL: AUTHHOST_JSON_NULL */
  size_t (*length)(authhost_call* call, const authhost_json_value* value); /* of an array or object; else 0 */
  const authhost_json_value* (*item)(authhost_call* call, const authhost_json_value* array_or_object, size_t index); /* NULL: past the end */
  authhost_str (*key)(authhost_call* call, const authhost_json_value* object, size_t index); /* of the item; past the end empty */
  const authhost_json_value* (*member)(authhost_call* call, const authhost_json_value* object, const char* name); /* NULL: there is none */
  authhost_str (*string)(authhost_call* call, const authhost_json_value* value);  /* of a string; else empty */
  double (*number)(authhost_call* call, const authhost_json_value* value);        /* of a number; else NaN */
  int32_t (*boolean)(authhost_call* call, const authhost_json_value* value);      /* of a boolean; else 0 */
  /* The JSON text of a string, quotes included. PROTOCOL: it is not UTF-8. */
  authhost_status (*quote)(authhost_call* call, authhost_str text, authhost_str* out);
} authhost_json_service;

/* ---- authhost.browser/1: the person's browser ---- */
#define AUTHHOST_SERVICE_BROWSER "authhost.browser/1"
typedef struct authhost_browser_service {
  size_t size;
  int32_t (*available)(authhost_call* call); /* non-zero if there is one to open */
  /* Opens an https (or loopback http) URL without a shell. `command` overrides $BROWSER and the desktop's; empty: none.
   * OK means that it was started. INTERACTION_REQUIRED: there is no browser. */
  authhost_status (*open)(authhost_call* call, authhost_str url, authhost_str command);
} authhost_browser_service;

/* ---- authhost.prompt/1: words to the person, on the terminal's stderr or the program's own window ---- */
#define AUTHHOST_SERVICE_PROMPT "authhost.prompt/1"
enum { AUTHHOST_PROMPT_SECRET = 1u };
typedef struct authhost_prompt_code {
  size_t size;
  authhost_str verification_uri;
  authhost_str verification_uri_complete; /* empty: none */
  authhost_str user_code;
  int64_t expires_in_s;
  int32_t qr;                             /* non-zero: a QR code too, where the terminal can show one */
} authhost_prompt_code;
typedef struct authhost_prompt_service {
  size_t size;
  int32_t (*available)(authhost_call* call); /* non-zero if a person can read what is shown */
  /* One line, at most 3 KiB of it. What nobody can read is no error: it is dropped. */
  authhost_status (*notice)(authhost_call* call, authhost_str line);
  /* RFC 8628, section 3.3. INTERACTION_REQUIRED: nobody may be asked. PROTOCOL: an address or a code that is not one. */
  authhost_status (*show_code)(authhost_call* call, const authhost_prompt_code* code);
  authhost_status (*countdown)(authhost_call* call, int64_t seconds_left); /* repaints one line, which is dropped as a notice is */
  /* The line that a person types, without its end. INTERACTION_REQUIRED: nobody may be asked. */
  authhost_status (*ask)(authhost_call* call, authhost_str question, uint32_t flags, authhost_str* out);
} authhost_prompt_service;

/* ---- authhost.loopback/1: the redirect listener of RFC 8252, section 7.3 ---- */
#define AUTHHOST_SERVICE_LOOPBACK "authhost.loopback/1"
typedef struct authhost_loopback authhost_loopback; /* opaque; closed by the host when the call ends, at the latest */
typedef struct authhost_loopback_options {
  size_t size;
  authhost_str redirect_uri; /* configured one; empty: the host's choice. Without a port, any free port is used */
  int64_t port;              /* used if redirect_uri names none; 0: any free port */
  authhost_str issuer;       /* makes the path of a chosen URI differ between issuers (RFC 9700, section 4.4.2) */
} authhost_loopback_options;
typedef struct authhost_loopback_expect {
  size_t size;
  authhost_str state;  /* compared exactly, in constant time */
  authhost_str issuer; /* RFC 9207; empty: unknown, then `iss` is not checked */
  int32_t iss_required; /* non-zero: the server's metadata promises `iss` */
  int64_t timeout_ms;   /* how long to wait, DEADLINE then; 0: as long as the call may take */
} authhost_loopback_expect;
typedef struct authhost_loopback_result {
  size_t size;
  authhost_str code;              /* empty if the server sent an error */
  authhost_str error;             /* RFC 6749, section 4.1.2.1 */
  authhost_str error_description; /* already safe to show */
} authhost_loopback_result;
typedef struct authhost_loopback_service {
  size_t size;
  /* Binds and answers the redirect URI to send; nothing is accepted before `wait`. INVALID_CONFIG: a redirect URI or port that cannot
   * be. UNAVAILABLE: the port is taken. USAGE: more than four in one call. */
  authhost_status (*open)(authhost_call* call, const authhost_loopback_options* options, authhost_loopback** out,
                          authhost_str* redirect_uri);
  /* Waits for the one redirect with this state. Everything else is turned away and the wait goes on; a wrong `iss` with
   * a code is PROTOCOL. The browser's page is completed by the host after the credentials are kept, or failed. */
  authhost_status (*wait)(authhost_call* call, authhost_loopback* listener, const authhost_loopback_expect* expect,
                          authhost_loopback_result* out);
  void (*close)(authhost_call* call, authhost_loopback* listener);
} authhost_loopback_service;

/* ---- authhost.store/1: small secrets of the plugin's own, kept with the session's credentials. A name is 1 to 128 visible ASCII
 * characters, a value at most 64 KiB, all values together 256 KiB in 64 entries; put answers USAGE to more. ---- */
#define AUTHHOST_SERVICE_STORE "authhost.store/1"
typedef struct authhost_store_service {
  size_t size;
  authhost_status (*get)(authhost_call* call, const char* name, int32_t* found, authhost_str* out); /* OK with *found 0: there is none */
  authhost_status (*put)(authhost_call* call, const char* name, authhost_str value); /* see above */
  authhost_status (*drop)(authhost_call* call, const char* name); /* OK also where there is none */
} authhost_store_service;

/* ---- authhost.process/1: a child process, without a shell ---- */
#define AUTHHOST_SERVICE_PROCESS "authhost.process/1"
typedef struct authhost_process_request {
  size_t size;
  const authhost_str* argv; /* argv[0] is looked up in PATH if it has no slash */
  size_t n_argv;
  const authhost_str* env;  /* "NAME=value" beside the host's allow-listed ones; a bare "NAME" passes ours on */
  size_t n_env;
  authhost_str input;       /* for its stdin; empty: /dev/null */
  int64_t timeout_ms;       /* 0: 60 s. Then the whole process group is killed: DEADLINE */
  int64_t max_output;       /* bytes of stdout, at most 1 MiB; 0: 1 MiB. More output: PROTOCOL */
} authhost_process_request;
typedef struct authhost_process_result {
  size_t size;
  int32_t exit_code;        /* -1 if a signal ended it */
  int32_t signal;
  authhost_str output;      /* stdout, raw */
  authhost_str error_tail;  /* the last 4 KiB of stderr, safe to show */
} authhost_process_result;
typedef struct authhost_process_service {
  size_t size;
  /* OK: it ran to its end, whatever its exit code. PLUGIN: it could not be started. */
  authhost_status (*run)(authhost_call* call, const authhost_process_request* request, authhost_process_result* out);
} authhost_process_service;

#ifdef __cplusplus
}
#endif

#endif /* AUTHHOST_SERVICES_H */
