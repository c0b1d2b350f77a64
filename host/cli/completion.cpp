#include "verbs.hpp"

namespace authhost::cli {

namespace {

// The words are those of arguments.cpp; a test holds the two together.
constexpr std::string_view kBash = R"sh(# bash completion for authhost
_authhost() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" verb="" word i
  local program="${COMP_WORDS[0]}" config=()
  COMPREPLY=()
  for ((i = 1; i + 1 < COMP_CWORD; i++)); do
    [ "${COMP_WORDS[i]}" != --config ] || config=(--config "${COMP_WORDS[i+1]}")
  done
  case "$prev" in
    --config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --output) COMPREPLY=($(compgen -W "text json" -- "$cur")); return ;;
    --color) COMPREPLY=($(compgen -W "auto always never" -- "$cur")); return ;;
    --profile)
      COMPREPLY=($(compgen -W "$("$program" "${config[@]}" complete profiles 2>/dev/null)" -- "$cur"))
      return ;;
    --lang) COMPREPLY=($(compgen -W "cpp c sh python" -- "$cur")); return ;;
    --min-ttl|--id) return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    case "$word" in
      --config|--profile|--output|--color|--min-ttl|--id|--lang) ((i++)) ;;
      -*) ;;
      *) verb="${verb:+$verb }$word" ;;
    esac
  done
  local common="--config --profile --no-interactive --output --color -v --help --version" words="" files=""
  case "$verb" in
    "") words="login token header status logout whoami plugin config completion help version" ;;
    plugin) words="list inspect check new pin" ;;
    config) words="show check path schema" ;;
    completion) words="bash zsh fish" ;;
    help) words="login token header status logout whoami plugin config completion version" ;;
    "plugin inspect"|"plugin check"|"plugin pin")
      words="$("$program" "${config[@]}" complete plugins 2>/dev/null)" files=-f
      [ "$verb" != "plugin check" ] || words="--profile --case --list $words"
      [ "$verb" != "plugin pin" ] || words="--check $words" ;;
    "plugin new") words="--id --lang" files=-d ;;
    login) words="--force" ;;
    token) words="--min-ttl --refresh" ;;
    status|logout) words="--all" ;;
    "config show") words="--explain" ;;
  esac
  COMPREPLY=($(compgen -W "$words $common" -- "$cur") ${files:+$(compgen $files -- "$cur")})  # compgen -W would run a file's name
}
complete -F _authhost authhost
)sh";

constexpr std::string_view kZsh = R"sh(#compdef authhost
_authhost_names() {
  local -a names config
  local i=${words[(I)--config]}
  (( i > 0 && i + 1 < CURRENT )) && config=(--config $words[i+1])
  names=(${(f)"$(authhost $config complete $1 2>/dev/null)"})
  compadd -a names
}
_authhost() {
  local -a common verbs
  common=(
    '--config[configuration file]:file:_files'
    '--profile[profile to work with]:name:_authhost_names profiles'
    '--no-interactive[never open a browser or ask a question]'
    '--output[form of results and errors]:form:(text json)'
    '--color[colours on stderr]:when:(auto always never)'
    '*-v[say more on stderr]'
    '(- *)--help[print help and exit]'
    '(- *)--version[print the version and exit]'
  )
  verbs=(
    'login:get credentials, asking a person if the flow needs one'
    'token:print a valid access token'
    'header:print the header that carries the token'
    'status:show what is stored, without touching it'
    'logout:revoke the credentials and delete them'
    'whoami:who the token speaks for'
    'plugin:the authenticator plugins'
    'config:the configuration'
    'completion:print completions for a shell'
    'help:print the help of a verb'
    'version:print the version'
  )
  local state line
  _arguments -C $common '1: :->verb' '*:: :->rest'
  case $state in
    verb) _describe verb verbs ;;
    rest)
      case $line[1] in
        login) _arguments $common '--force[log in anew]' ;;
        token) _arguments $common '--min-ttl[how long it must still be valid]:duration:' '--refresh[ask for a new one]' ;;
        status|logout) _arguments $common '--all[every profile]' ;;
        plugin)
          case $line[2] in
            new) _arguments $common '--id[its id, reverse DNS]:id:' '--lang[language]:language:(cpp c sh python)' '1:verb:' '2:folder:_files -/' ;;
            pin) _arguments $common '--check[only say whether the pin holds]' '1:verb:' '2:file:_files' ;;
            *) _arguments $common '1:verb:(list inspect check new pin)' '2:plugin:_authhost_names plugins' ;;
          esac ;;
        help) _arguments $common '1:verb:(login token header status logout whoami plugin config completion version)' ;;
        config) _arguments $common '--explain[with the source of every value]' '1:verb:(show check path schema)' ;;
        completion) _arguments $common '1:shell:(bash zsh fish)' ;;
        *) _arguments $common ;;
      esac ;;
  esac
}
if [ "$funcstack[1]" = _authhost ]; then _authhost "$@"; else compdef _authhost authhost; fi
)sh";

constexpr std::string_view kFish = R"sh(# fish completion for authhost
set -l verbs login token header status logout whoami plugin config completion help version
complete -c authhost -f
complete -c authhost -l config -r -F -d 'configuration file'
complete -c authhost -l profile -x -a '(authhost complete profiles 2>/dev/null)' -d 'profile to work with'
complete -c authhost -l no-interactive -d 'never open a browser or ask a question'
complete -c authhost -l output -x -a 'text json' -d 'form of results and errors'
complete -c authhost -l color -x -a 'auto always never' -d 'colours on stderr'
complete -c authhost -s v -d 'say more on stderr'
complete -c authhost -l help -d 'print help and exit'
complete -c authhost -l version -d 'print the version and exit'
complete -c authhost -n "not __fish_seen_subcommand_from $verbs" -a login -d 'get credentials'
complete -c authhost -n "not __fish_seen_subcommand_from $verbs" -a token -d 'print a valid access token'
complete -c authhost -n "not __fish_seen_subcommand_from $verbs" -a header -d 'print the header that carries the token'
complete -c authhost -n "not __fish_seen_subcommand_from $verbs" -a status -d 'show what is stored'
complete -c authhost -n "not __fish_seen_subcommand_from $verbs" -a logout -d 'revoke the credentials and delete them'
complete -c authhost -n "not __fish_seen_subcommand_from $verbs" -a whoami -d 'who the token speaks for'
complete -c authhost -n "not __fish_seen_subcommand_from $verbs" -a plugin -d 'the authenticator plugins'
complete -c authhost -n "not __fish_seen_subcommand_from $verbs" -a config -d 'the configuration'
complete -c authhost -n "not __fish_seen_subcommand_from $verbs" -a completion -d 'print completions for a shell'
complete -c authhost -n "not __fish_seen_subcommand_from $verbs" -a help -d 'print the help of a verb'
complete -c authhost -n "not __fish_seen_subcommand_from $verbs" -a version -d 'print the version'
complete -c authhost -n '__fish_seen_subcommand_from login' -l force -d 'log in anew'
complete -c authhost -n '__fish_seen_subcommand_from token' -l min-ttl -x -d 'how long it must still be valid'
complete -c authhost -n '__fish_seen_subcommand_from token' -l refresh -d 'ask for a new one'
complete -c authhost -n '__fish_seen_subcommand_from status logout' -l all -d 'every profile'
complete -c authhost -n '__fish_seen_subcommand_from plugin; and not __fish_seen_subcommand_from list inspect check new pin' -a 'list inspect check new pin'
complete -c authhost -n '__fish_seen_subcommand_from plugin; and __fish_seen_subcommand_from new' -l id -x -d 'its id, reverse DNS'
complete -c authhost -n '__fish_seen_subcommand_from plugin; and __fish_seen_subcommand_from new' -l lang -x -a 'cpp c sh python' -d 'language'
complete -c authhost -n '__fish_seen_subcommand_from plugin; and __fish_seen_subcommand_from new' -a '(__fish_complete_directories)'
complete -c authhost -n '__fish_seen_subcommand_from plugin; and __fish_seen_subcommand_from pin' -l check -d 'only say whether the pin holds'
complete -c authhost -n '__fish_seen_subcommand_from plugin; and __fish_seen_subcommand_from pin' -F
complete -c authhost -n '__fish_seen_subcommand_from check' -F -l case -x -d 'this case alone'
complete -c authhost -n '__fish_seen_subcommand_from check' -l list -d 'list the cases'
complete -c authhost -n '__fish_seen_subcommand_from inspect check pin' -a '(authhost complete plugins 2>/dev/null)'
complete -c authhost -n '__fish_seen_subcommand_from help' -a 'login token header status logout whoami plugin config completion version'
complete -c authhost -n '__fish_seen_subcommand_from config' -a 'show check path schema'
complete -c authhost -n '__fish_seen_subcommand_from config' -l explain -d 'with the source of every value'
complete -c authhost -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
)sh";

}  // namespace

Result<void> completion(const App& app) {
  const auto& shell = app.arguments().shell;
  return print(shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish);
}

}  // namespace authhost::cli
