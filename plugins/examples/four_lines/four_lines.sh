#!/bin/sh
# org.example.four_lines: a token that another program has left in a file.
read -r request
token=$(cat "$HOME/.four-lines-token") || exec echo '{"type":"error","status":"denied","message":"there is no token in ~/.four-lines-token"}'
printf '{"type":"credentials","access_token":"%s","expires_in":300}\n' "$token"
