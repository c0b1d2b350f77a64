// authhost-secret-service.so: the Secret Service through libsecret, asynchronous, with deadlines of our own.
//
// A synchronous libsecret call cannot be left once the service stops answering, and a locked collection would answer
// "nothing found" or ask a person. So the collection is looked at first, every operation is asynchronous on a main
// context of the call's own, and a prompt is refused where libsecret would show it.
#include "core/keyring/secret_service_module.h"

#include <glib-unix.h>
#include <libsecret/secret.h>

#include <memory>
#include <mutex>

namespace {

constexpr char kBusName[] = "org.freedesktop.secrets";
constexpr char kServicePath[] = "/org/freedesktop/secrets";
constexpr unsigned kGraceMs = 1000;  // after a cancellation, for GLib to hand the operation back

template <class T>
struct Unref {
  void operator()(T* object) const { g_object_unref(object); }
};
template <class T>
using Ref = std::unique_ptr<T, Unref<T>>;
struct VariantUnref {
  void operator()(GVariant* value) const { g_variant_unref(value); }
};
using Variant = std::unique_ptr<GVariant, VariantUnref>;
struct ErrorFree {
  void operator()(GError* error) const { g_error_free(error); }
};
using ErrorPtr = std::unique_ptr<GError, ErrorFree>;

GQuark prompt_error() { return g_quark_from_static_string("authhost-secret-service-prompt"); }

// ---- a SecretService that never prompts ----

constexpr char kRefusal[] = "the service wants to ask for a password";

void refuse_prompt_async(SecretService* self, SecretPrompt* prompt, const GVariantType*, GCancellable* cancellable,
                         GAsyncReadyCallback callback, gpointer data) {
  // Tells the service not to wait for an answer.
  g_dbus_proxy_call(G_DBUS_PROXY(prompt), "Dismiss", nullptr, G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr, nullptr);
  GTask* task = g_task_new(self, cancellable, callback, data);
  g_task_return_new_error(task, prompt_error(), 0, "%s", kRefusal);
  g_object_unref(task);
}

GVariant* refuse_prompt_finish(SecretService*, GAsyncResult* result, GError** error) {
  return static_cast<GVariant*>(g_task_propagate_pointer(G_TASK(result), error));
}

GVariant* refuse_prompt_sync(SecretService*, SecretPrompt*, GCancellable*, const GVariantType*, GError** error) {
  g_set_error(error, prompt_error(), 0, "%s", kRefusal);
  return nullptr;
}

GType silent_service_type() {
  static std::once_flag once;
  static GType type = 0;
  std::call_once(once, [] {
    type = g_type_register_static_simple(
        SECRET_TYPE_SERVICE, "AuthhostSilentSecretService", sizeof(SecretServiceClass),
        [](gpointer object_class, gpointer) {
          auto* service_class = static_cast<SecretServiceClass*>(object_class);
          service_class->prompt_async = refuse_prompt_async;
          service_class->prompt_finish = refuse_prompt_finish;
          service_class->prompt_sync = refuse_prompt_sync;
        },
        sizeof(SecretService), nullptr, static_cast<GTypeFlags>(0));
  });
  return type;
}

const SecretSchema kSchema = {"org.authhost.Credentials",
                              SECRET_SCHEMA_NONE,
                              {{"application", SECRET_SCHEMA_ATTRIBUTE_STRING},
                               {"service", SECRET_SCHEMA_ATTRIBUTE_STRING},
                               {"account", SECRET_SCHEMA_ATTRIBUTE_STRING},
                               {"key", SECRET_SCHEMA_ATTRIBUTE_STRING},
                               {nullptr, SECRET_SCHEMA_ATTRIBUTE_STRING}},
                              0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};

GHashTable* attributes_of(const authhost_ss_item* item) {
  return secret_attributes_build(&kSchema, "application", "authhost", "service", item->service, "account", item->account, "key",
                                 item->key, nullptr);
}

// ---- one call: a main context, a deadline, a cancellation ----

class Operation {
 public:
  explicit Operation(authhost_ss_call* call) : call_(call), context_(g_main_context_new()), cancellable_(g_cancellable_new()) {
    call->detail[0] = '\0';
    g_main_context_push_thread_default(context_);
    const auto timeout = static_cast<guint>(CLAMP(call->timeout_ms, 0, 3'600'000));
    deadline_ = add(g_timeout_source_new(timeout), static_cast<GSourceFunc>([](gpointer self) {
                      static_cast<Operation*>(self)->interrupt(AUTHHOST_SS_TIMEOUT);
                      return gboolean{G_SOURCE_REMOVE};
                    }));
    if (call->cancel_fd >= 0) {
      const GUnixFDSourceFunc on_cancel = [](gint, GIOCondition, gpointer self) {
        static_cast<Operation*>(self)->interrupt(AUTHHOST_SS_CANCELLED);
        return gboolean{G_SOURCE_REMOVE};
      };
      // GLib's own way of passing it: a source knows its callback's true type.
      cancel_ = add(g_unix_fd_source_new(call->cancel_fd, G_IO_IN),
                    reinterpret_cast<GSourceFunc>(reinterpret_cast<void (*)()>(on_cancel)));
    }
  }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  ~Operation() {
    for (GSource* source : {deadline_, cancel_, grace_}) {
      if (source == nullptr) continue;
      g_source_destroy(source);
      g_source_unref(source);
    }
    g_object_unref(cancellable_);
    // What GLib still wants to say to this context (closing proxies) is heard before it goes.
    while (g_main_context_iteration(context_, FALSE)) {
    }
    g_main_context_pop_thread_default(context_);
    g_main_context_unref(context_);
  }

  [[nodiscard]] GCancellable* cancellable() const { return cancellable_; }

  // Where an asynchronous operation reports: pass `&Operation::done` and `waiting()` to it, then take `result()`.
  static void done(GObject*, GAsyncResult* result, gpointer data) {
    static_cast<Waiting*>(data)->result = G_ASYNC_RESULT(g_object_ref(result));
  }
  gpointer waiting() {
    waiting_ = new Waiting;
    return waiting_;
  }
  // none: interrupted, and the operation did not even come back from that.
  Ref<GAsyncResult> result() {
    while (waiting_->result == nullptr && !abandoned_) g_main_context_iteration(context_, TRUE);
    Ref<GAsyncResult> result(waiting_->result);
    // An abandoned one may still be written to: it is left where it is.
    if (result) delete waiting_;
    waiting_ = nullptr;
    return result;
  }

  // The outcome that an error means; `otherwise` for those that say nothing more exact.
  int failed(GError* raw, int otherwise = AUTHHOST_SS_FAILED) {
    const ErrorPtr error(raw);
    if (interrupted_ != AUTHHOST_SS_OK) return interrupted_;
    if (!error) return otherwise;
    g_dbus_error_strip_remote_error(error.get());
    g_strlcpy(call_->detail, error->message, sizeof call_->detail);
    if (error->domain == prompt_error()) return AUTHHOST_SS_PROMPT;
    if (g_error_matches(error.get(), SECRET_ERROR, SECRET_ERROR_IS_LOCKED)) return AUTHHOST_SS_LOCKED;
    for (const auto code : {G_DBUS_ERROR_SERVICE_UNKNOWN, G_DBUS_ERROR_NAME_HAS_NO_OWNER, G_DBUS_ERROR_SPAWN_EXEC_FAILED,
                            G_DBUS_ERROR_SPAWN_CHILD_EXITED, G_DBUS_ERROR_SPAWN_FAILED, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND}) {
      if (g_error_matches(error.get(), G_DBUS_ERROR, code)) return AUTHHOST_SS_NO_SERVICE;
    }
    return otherwise;
  }
  [[nodiscard]] int interrupted() const { return interrupted_; }

 private:
  struct Waiting {
    GAsyncResult* result = nullptr;
  };

  GSource* add(GSource* source, GSourceFunc function) {
    g_source_set_callback(source, function, this, nullptr);
    g_source_attach(source, context_);
    return source;
  }
  void interrupt(int outcome) {
    if (interrupted_ != AUTHHOST_SS_OK) return;
    interrupted_ = outcome;
    grace_ = add(g_timeout_source_new(kGraceMs), static_cast<GSourceFunc>([](gpointer self) {
                   static_cast<Operation*>(self)->abandoned_ = true;
                   return gboolean{G_SOURCE_REMOVE};
                 }));
    g_cancellable_cancel(cancellable_);
  }

  authhost_ss_call* call_;
  GMainContext* context_;
  GCancellable* cancellable_;
  GSource* deadline_ = nullptr;
  GSource* cancel_ = nullptr;
  GSource* grace_ = nullptr;
  Waiting* waiting_ = nullptr;
  int interrupted_ = AUTHHOST_SS_OK;
  bool abandoned_ = false;
};

// ---- what is asked of the bus before libsecret is ----

class Bus {
 public:
  explicit Bus(Operation& operation) : operation_(operation) {}

  int connect() {
    GError* error = nullptr;
    do {
      g_clear_error(&error);
      g_bus_get(G_BUS_TYPE_SESSION, operation_.cancellable(), &Operation::done, operation_.waiting());
      const auto result = operation_.result();
      if (result) connection_.reset(g_bus_get_finish(result.get(), &error));
      // GLib shares one connection: the cancellation of another call's attempt reaches whoever joined it.
    } while (!connection_ && operation_.interrupted() == AUTHHOST_SS_OK &&
             g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
    if (!connection_) return operation_.failed(error, AUTHHOST_SS_NO_BUS);
    // Else GLib ends our host's process when the bus goes away.
    g_dbus_connection_set_exit_on_close(connection_.get(), FALSE);
    return AUTHHOST_SS_OK;
  }

  int call(const char* name, const char* path, const char* interface, const char* method, GVariant* arguments,
           const char* reply_type, Variant& reply) {
    g_dbus_connection_call(connection_.get(), name, path, interface, method, arguments, G_VARIANT_TYPE(reply_type),
                           G_DBUS_CALL_FLAGS_NONE, G_MAXINT, operation_.cancellable(), &Operation::done, operation_.waiting());
    const auto result = operation_.result();
    GError* error = nullptr;
    if (result) reply.reset(g_dbus_connection_call_finish(connection_.get(), result.get(), &error));
    return reply ? AUTHHOST_SS_OK : operation_.failed(error);
  }

  int ask_bus(const char* method, GVariant* arguments, const char* reply_type, Variant& reply) {
    const int outcome = call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method, arguments,
                             reply_type, reply);
    return outcome == AUTHHOST_SS_FAILED ? AUTHHOST_SS_NO_BUS : outcome;
  }

  // OK: somebody owns the name, or can be started to.
  int find_service() {
    Variant reply;
    if (const int outcome = ask_bus("NameHasOwner", g_variant_new("(s)", kBusName), "(b)", reply)) return outcome;
    gboolean owned = FALSE;
    g_variant_get(reply.get(), "(b)", &owned);
    if (owned) return AUTHHOST_SS_OK;
    if (const int outcome = ask_bus("ListActivatableNames", nullptr, "(as)", reply)) return outcome;
    GVariantIter* names = nullptr;
    g_variant_get(reply.get(), "(as)", &names);
    const char* name = nullptr;
    bool found = false;
    while (g_variant_iter_next(names, "&s", &name)) found = found || g_str_equal(name, kBusName);
    g_variant_iter_free(names);
    return found ? AUTHHOST_SS_OK : AUTHHOST_SS_NO_SERVICE;
  }

  // OK: there is a default collection, and it is unlocked.
  int check_collection() {
    Variant reply;
    if (const int outcome = call(kBusName, kServicePath, "org.freedesktop.Secret.Service", "ReadAlias",
                                 g_variant_new("(s)", "default"), "(o)", reply)) {
      return outcome;
    }
    const char* path = nullptr;
    g_variant_get(reply.get(), "(&o)", &path);
    if (g_str_equal(path, "/")) return AUTHHOST_SS_NO_COLLECTION;
    Variant property;
    if (const int outcome = call(kBusName, path, "org.freedesktop.DBus.Properties", "Get",
                                 g_variant_new("(ss)", "org.freedesktop.Secret.Collection", "Locked"), "(v)", property)) {
      return outcome;
    }
    GVariant* locked = nullptr;
    g_variant_get(property.get(), "(v)", &locked);
    const bool is_locked = !g_variant_is_of_type(locked, G_VARIANT_TYPE_BOOLEAN) || g_variant_get_boolean(locked);
    g_variant_unref(locked);
    return is_locked ? AUTHHOST_SS_LOCKED : AUTHHOST_SS_OK;
  }

  int check() {
    if (const int outcome = connect()) return outcome;
    if (const int outcome = find_service()) return outcome;
    return check_collection();
  }

 private:
  Operation& operation_;
  Ref<GDBusConnection> connection_;
};

// ---- the items ----

struct ItemsFree {
  void operator()(GList* items) const { g_list_free_full(items, g_object_unref); }
};
using Items = std::unique_ptr<GList, ItemsFree>;

// An open service; the collection was unlocked when it was looked at.
class Service {
 public:
  explicit Service(Operation& operation) : operation_(operation), bus_(operation) {}

  int open() {
    if (const int outcome = bus_.check()) return outcome;
    secret_service_open(silent_service_type(), nullptr, SECRET_SERVICE_OPEN_SESSION, operation_.cancellable(),
                        &Operation::done, operation_.waiting());
    const auto result = operation_.result();
    GError* error = nullptr;
    if (result) service_.reset(secret_service_open_finish(result.get(), &error));
    return service_ ? AUTHHOST_SS_OK : operation_.failed(error);
  }

  int search(const authhost_ss_item* item, bool with_secrets, Items& items) {
    GHashTable* attributes = attributes_of(item);
    const auto flags = SECRET_SEARCH_ALL | (with_secrets ? SECRET_SEARCH_LOAD_SECRETS : SECRET_SEARCH_NONE);
    secret_service_search(service_.get(), &kSchema, attributes, static_cast<SecretSearchFlags>(flags),
                          operation_.cancellable(), &Operation::done, operation_.waiting());
    g_hash_table_unref(attributes);
    const auto result = operation_.result();
    if (!result) return operation_.failed(nullptr);
    GError* error = nullptr;
    items.reset(secret_service_search_finish(service_.get(), result.get(), &error));
    return error == nullptr ? operation_.interrupted() : operation_.failed(error);
  }

  int store(const authhost_ss_item* item, const char* bytes, size_t size) {
    GHashTable* attributes = attributes_of(item);
    SecretValue* value = secret_value_new(bytes, static_cast<gssize>(size), "application/json");  // in non-pageable memory
    secret_service_store(service_.get(), &kSchema, attributes, SECRET_COLLECTION_DEFAULT, item->label, value,
                         operation_.cancellable(), &Operation::done, operation_.waiting());
    secret_value_unref(value);
    g_hash_table_unref(attributes);
    const auto result = operation_.result();
    GError* error = nullptr;
    if (result && secret_service_store_finish(service_.get(), result.get(), &error)) return AUTHHOST_SS_OK;
    return operation_.failed(error);
  }

  int remove(SecretItem* item) {
    secret_item_delete(item, operation_.cancellable(), &Operation::done, operation_.waiting());
    const auto result = operation_.result();
    GError* error = nullptr;
    if (result && secret_item_delete_finish(item, result.get(), &error)) return AUTHHOST_SS_OK;
    return operation_.failed(error);
  }

 private:
  Operation& operation_;
  Bus bus_;
  Ref<SecretService> service_;
};

int probe(authhost_ss_call* call) {
  Operation operation(call);
  return Bus(operation).check();
}

int get(authhost_ss_call* call, const authhost_ss_item* wanted, void (*found)(void*, const char*, size_t), void* data) {
  Operation operation(call);
  Service service(operation);
  if (const int outcome = service.open()) return outcome;
  Items items;
  if (const int outcome = service.search(wanted, true, items)) return outcome;
  for (GList* at = items.get(); at != nullptr; at = at->next) {
    SecretValue* value = secret_item_get_secret(static_cast<SecretItem*>(at->data));
    if (value == nullptr) continue;
    gsize size = 0;
    const gchar* bytes = secret_value_get(value, &size);
    found(data, bytes, size);
    secret_value_unref(value);  // libsecret wipes it
    return AUTHHOST_SS_OK;
  }
  return items ? AUTHHOST_SS_LOCKED : AUTHHOST_SS_OK;  // found, but its secret is not to be had
}

int put(authhost_ss_call* call, const authhost_ss_item* item, const char* bytes, size_t size) {
  Operation operation(call);
  Service service(operation);
  if (const int outcome = service.open()) return outcome;
  return service.store(item, bytes, size);
}

int drop(authhost_ss_call* call, const authhost_ss_item* wanted) {
  Operation operation(call);
  Service service(operation);
  if (const int outcome = service.open()) return outcome;
  Items items;
  if (const int outcome = service.search(wanted, false, items)) return outcome;
  for (GList* at = items.get(); at != nullptr; at = at->next) {
    if (const int outcome = service.remove(static_cast<SecretItem*>(at->data))) return outcome;
  }
  return AUTHHOST_SS_OK;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const authhost_secret_service authhost_secret_service_v1 = {
    sizeof(authhost_secret_service), probe, get, put, drop};
