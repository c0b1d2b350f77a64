#!/bin/sh
# @id@: hands out the token of its setting. Put in its place what gets yours.
# A request comes in as one line, credentials or an error go out as one; what goes to stderr is logged.
token=$(sed -n 's/.*"token":"\([^"]*\)".*/\1/p;q')
if [ -n "$token" ]; then printf '{"type":"credentials","access_token":"%s"}\n' "$token"
else echo '{"type":"error","status":"invalid-config","message":"the setting token is missing","hint":"say token_env in the settings"}'
fi
