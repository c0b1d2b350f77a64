// The verbs, one a file. Each prints its result on stdout and returns the error that ends the program, if any.
#pragma once

#include "app.hpp"

#include <authhost/result.hpp>

namespace authhost::cli {

Result<void> login(const App& app);
Result<void> token(const App& app);
Result<void> header(const App& app);
Result<void> status(const App& app);
Result<void> logout(const App& app);
Result<void> whoami(const App& app);
Result<void> config_show(const App& app);
Result<void> config_check(const App& app);
Result<void> config_path(const App& app);
Result<void> config_schema(const App& app);
Result<void> plugin_list(const App& app);
Result<void> plugin_inspect(const App& app);
Result<void> plugin_check(const App& app);
Result<void> plugin_new(const App& app);
Result<void> plugin_pin(const App& app);
Result<void> version(const App& app);
Result<void> completion(const App& app);
Result<void> complete(const App& app);  // for the completions alone: the names of profiles or plugins, one a line

}  // namespace authhost::cli
