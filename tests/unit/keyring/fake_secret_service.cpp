#include "fake_secret_service.hpp"

#include <catch2/catch.hpp>

#include <gio/gio.h>

#include <atomic>
#include <string>

namespace authhost::keyring {

struct FakeSecretService::State {
  Mode mode;
  GDBusConnection* connection = nullptr;
  std::atomic<int> prompts{0};

  void reply(GDBusMessage* request, GVariant* body) const {
    GDBusMessage* message = g_dbus_message_new_method_reply(request);
    if (body != nullptr) g_dbus_message_set_body(message, body);
    g_dbus_connection_send_message(connection, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, nullptr, nullptr);
    g_object_unref(message);
  }
  void refuse(GDBusMessage* request, const char* name) const {
    GDBusMessage* message = g_dbus_message_new_method_error_literal(request, name, "not here");
    g_dbus_connection_send_message(connection, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, nullptr, nullptr);
    g_object_unref(message);
  }

  void answer(GDBusMessage* request) {
    const std::string member = g_dbus_message_get_member(request);
    if (mode == Mode::silent) return;
    if (member == "ReadAlias") return reply(request, g_variant_new("(o)", "/org/freedesktop/secrets/collection/c"));
    if (member == "Get") return reply(request, g_variant_new("(v)", g_variant_new_boolean(FALSE)));
    if (member == "GetAll") return reply(request, g_variant_new("(a{sv})", nullptr));
    if (member == "OpenSession") {
      const char* algorithm = nullptr;
      GVariant* input = nullptr;
      g_variant_get(g_dbus_message_get_body(request), "(&sv)", &algorithm, &input);
      g_variant_unref(input);
      // libsecret tries the encrypted session first.
      if (std::string(algorithm) != "plain") return refuse(request, "org.freedesktop.DBus.Error.NotSupported");
      return reply(request, g_variant_new("(vo)", g_variant_new_string(""), "/org/freedesktop/secrets/session/s"));
    }
    if (member == "CreateItem") {
      if (mode == Mode::prompts_on_create) reply(request, g_variant_new("(oo)", "/", "/org/freedesktop/secrets/prompt/p"));
      return;
    }
    if (member == "Prompt") ++prompts;
    reply(request, nullptr);
  }

  // In GDBus' own thread, so that nobody has to run a loop.
  static GDBusMessage* filter(GDBusConnection*, GDBusMessage* message, gboolean incoming, gpointer self) {
    if (!incoming || g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL) return message;
    static_cast<State*>(self)->answer(message);
    g_object_unref(message);
    return nullptr;
  }
};

FakeSecretService::FakeSecretService(Mode mode) : state_(std::make_unique<State>()) {
  state_->mode = mode;
  gchar* address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SESSION, nullptr, nullptr);
  REQUIRE(address != nullptr);
  const auto flags = static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION);
  state_->connection = g_dbus_connection_new_for_address_sync(address, flags, nullptr, nullptr, nullptr);
  g_free(address);
  REQUIRE(state_->connection != nullptr);
  g_dbus_connection_add_filter(state_->connection, &State::filter, state_.get(), nullptr);
  GVariant* reply = g_dbus_connection_call_sync(state_->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                                "org.freedesktop.DBus", "RequestName",
                                                g_variant_new("(su)", "org.freedesktop.secrets", 4U), G_VARIANT_TYPE("(u)"),
                                                G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr);
  REQUIRE(reply != nullptr);
  g_variant_unref(reply);
}

FakeSecretService::~FakeSecretService() {
  g_dbus_connection_close_sync(state_->connection, nullptr, nullptr);
  g_object_unref(state_->connection);
}

int FakeSecretService::prompts() const { return state_->prompts; }

}  // namespace authhost::keyring
