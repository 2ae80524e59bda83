#!/bin/bash

__handfast_cursor_index_in_current_word() {
    local remaining="${COMP_LINE}"

    local word
    for word in "${COMP_WORDS[@]::COMP_CWORD}"; do
        remaining="${remaining##*([[:space:]])"${word}"*([[:space:]])}"
    done

    local -ir index="$((COMP_POINT - ${#COMP_LINE} + ${#remaining}))"
    if [[ "${index}" -le 0 ]]; then
        printf 0
    else
        printf %s "${index}"
    fi
}

# positional arguments:
#
# - 1: the current (sub)command's count of positional arguments
#
# required variables:
#
# - repeating_flags: the repeating flags that the current (sub)command can accept
# - non_repeating_flags: the non-repeating flags that the current (sub)command can accept
# - repeating_options: the repeating options that the current (sub)command can accept
# - non_repeating_options: the non-repeating options that the current (sub)command can accept
# - positional_number: value ignored
# - unparsed_words: unparsed words from the current command line
#
# modified variables:
#
# - non_repeating_flags: remove flags for this (sub)command that are already on the command line
# - non_repeating_options: remove options for this (sub)command that are already on the command line
# - positional_number: set to the current positional number
# - unparsed_words: remove all flags, options, and option values for this (sub)command
__handfast_offer_flags_options() {
    local -ir positional_count="${1}"
    positional_number=0

    local was_flag_option_terminator_seen=false
    local is_parsing_option_value=false

    local -ar unparsed_word_indices=("${!unparsed_words[@]}")
    local -i word_index
    for word_index in "${unparsed_word_indices[@]}"; do
        if "${is_parsing_option_value}"; then
            # This word is an option value:
            # Reset marker for next word iff not currently the last word
            [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]] && is_parsing_option_value=false
            unset "unparsed_words[${word_index}]"
            # Do not process this word as a flag or an option
            continue
        fi

        local word="${unparsed_words["${word_index}"]}"
        if ! "${was_flag_option_terminator_seen}"; then
            case "${word}" in
            --)
                unset "unparsed_words[${word_index}]"
                # by itself -- is a flag/option terminator, but if it is the last word, it is the start of a completion
                if [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]]; then
                    was_flag_option_terminator_seen=true
                fi
                continue
                ;;
            -*)
                # ${word} is a flag or an option
                # If ${word} is an option, mark that the next word to be parsed is an option value
                local option
                for option in "${repeating_options[@]}" "${non_repeating_options[@]}"; do
                    [[ "${word}" = "${option}" ]] && is_parsing_option_value=true && break
                done

                # Remove ${word} from ${non_repeating_flags} or ${non_repeating_options} so it isn't offered again
                local not_found=true
                local -i index
                for index in "${!non_repeating_flags[@]}"; do
                    if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                        unset "non_repeating_flags[${index}]"
                        non_repeating_flags=("${non_repeating_flags[@]}")
                        not_found=false
                        break
                    fi
                done
                if "${not_found}"; then
                    for index in "${!non_repeating_flags[@]}"; do
                        if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                            unset "non_repeating_flags[${index}]"
                            non_repeating_flags=("${non_repeating_flags[@]}")
                            break
                        fi
                    done
                fi
                unset "unparsed_words[${word_index}]"
                continue
                ;;
            esac
        fi

        # ${word} is neither a flag, nor an option, nor an option value
        if [[ "${positional_number}" -lt "${positional_count}" || "${positional_count}" -lt 0 ]]; then
            # ${word} is a positional
            ((positional_number++))
            unset "unparsed_words[${word_index}]"
        else
            if [[ -z "${word}" ]]; then
                # Could be completing a flag, option, or subcommand
                positional_number=-1
            else
                # ${word} is a subcommand or invalid, so stop processing this (sub)command
                positional_number=-2
            fi
            break
        fi
    done

    unparsed_words=("${unparsed_words[@]}")

    if\
        ! "${was_flag_option_terminator_seen}"\
        && ! "${is_parsing_option_value}"\
        && [[ ("${cur}" = -* && "${positional_number}" -ge 0) || "${positional_number}" -eq -1 ]]
    then
        COMPREPLY+=($(compgen -W "${repeating_flags[*]} ${non_repeating_flags[*]} ${repeating_options[*]} ${non_repeating_options[*]}" -- "${cur}"))
    fi
}

__handfast_add_completions() {
    local completion
    while IFS='' read -r completion; do
        COMPREPLY+=("${completion}")
    done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
}

__handfast_custom_complete() {
    if [[ -n "${cur}" || -z ${COMP_WORDS[${COMP_CWORD}]} || "${COMP_LINE:${COMP_POINT}:1}" != ' ' ]]; then
        local -ar words=("${COMP_WORDS[@]}")
    else
        local -ar words=("${COMP_WORDS[@]::${COMP_CWORD}}" '' "${COMP_WORDS[@]:${COMP_CWORD}}")
    fi

    "${COMP_WORDS[0]}" "${@}" "${words[@]}"
}

_handfast() {
    local state
    state="$(shopt -p;shopt -po)"
    trap "${state//$'\n'/;}" RETURN
    shopt -s extglob
    set +o history +o posix

    local -xr SAP_SHELL=bash
    local -x SAP_SHELL_VERSION
    SAP_SHELL_VERSION="$(IFS='.';printf %s "${BASH_VERSINFO[*]}")"
    local -r SAP_SHELL_VERSION

    local -r cur="${2}"
    local -r prev="${3}"

    local -i positional_number
    local -a unparsed_words=("${COMP_WORDS[@]:1:${COMP_CWORD}}")

    local -a repeating_flags=()
    local -a non_repeating_flags=(--version -h --help)
    local -a repeating_options=()
    local -a non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    serve|client|trust-set|user|issuer|apply|export|token|key|store|admin-token|audit|certificate|verify|check|health|refusals|console|backup|restore|load-target|help)
        # Offer subcommand argument completions
        "_handfast_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'serve client trust-set user issuer apply export token key store admin-token audit certificate verify check health refusals console backup restore load-target help' -- "${cur}"))
        ;;
    esac
}

_handfast_serve() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --store --store-key-file --listen --reactors --issuer --config)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    '--listen')
        return
        ;;
    '--reactors')
        return
        ;;
    '--issuer')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_handfast_client() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|list|show|update|disable|enable|remove|certificate)
        # Offer subcommand argument completions
        "_handfast_client_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add list show update disable enable remove certificate' -- "${cur}"))
        ;;
    esac
}

_handfast_client_add() {
    repeating_flags=()
    non_repeating_flags=(--introspect --no-introspect --bound-tokens --no-bound-tokens --require-par --no-require-par --exchange-bound-tokens --no-exchange-bound-tokens --json --version -h --help)
    repeating_options=(--certificate --ca-certificate --redirect-uri --audience --claim --own-audience --label)
    non_repeating_options=(--client-id --trust-set --spiffe-id --subject-dn --subject-order --san-dns --san-uri --san-ip --san-email --jwks --jwks-uri --auth-signing-alg --auth-method --grant-types --scope --token-format --token-lifetime --reuse-window --refresh-rotation --refresh-lifetime --refresh-idle --token-signing-alg --rate --exchange --data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--client-id')
        return
        ;;
    '--certificate')
        return
        ;;
    '--ca-certificate')
        return
        ;;
    '--trust-set')
        return
        ;;
    '--spiffe-id')
        return
        ;;
    '--subject-dn')
        return
        ;;
    '--subject-order')
        __handfast_add_completions -W 'printed'$'\n''go'
        return
        ;;
    '--san-dns')
        return
        ;;
    '--san-uri')
        return
        ;;
    '--san-ip')
        return
        ;;
    '--san-email')
        return
        ;;
    '--jwks')
        return
        ;;
    '--jwks-uri')
        return
        ;;
    '--auth-signing-alg')
        return
        ;;
    '--auth-method')
        return
        ;;
    '--grant-types')
        return
        ;;
    '--scope')
        return
        ;;
    '--redirect-uri')
        return
        ;;
    '--audience')
        return
        ;;
    '--token-format')
        return
        ;;
    '--token-lifetime')
        return
        ;;
    '--reuse-window')
        return
        ;;
    '--refresh-rotation')
        __handfast_add_completions -W 'on'$'\n''off'$'\n''default'
        return
        ;;
    '--refresh-lifetime')
        return
        ;;
    '--refresh-idle')
        return
        ;;
    '--token-signing-alg')
        return
        ;;
    '--claim')
        return
        ;;
    '--rate')
        return
        ;;
    '--own-audience')
        return
        ;;
    '--exchange')
        return
        ;;
    '--label')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_client_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_client_show() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_client_update() {
    repeating_flags=()
    non_repeating_flags=(--no-claims --new-secret --introspect --no-introspect --bound-tokens --no-bound-tokens --require-par --no-require-par --exchange-bound-tokens --no-exchange-bound-tokens --json --version -h --help)
    repeating_options=(--remove-certificate --remove-ca-certificate --no-claim --no-label --certificate --ca-certificate --redirect-uri --audience --claim --own-audience --label)
    non_repeating_options=(--rename --trust-set --spiffe-id --subject-dn --subject-order --san-dns --san-uri --san-ip --san-email --jwks --jwks-uri --auth-signing-alg --auth-method --grant-types --scope --token-format --token-lifetime --reuse-window --refresh-rotation --refresh-lifetime --refresh-idle --token-signing-alg --rate --exchange --data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--rename')
        return
        ;;
    '--remove-certificate')
        return
        ;;
    '--remove-ca-certificate')
        return
        ;;
    '--no-claim')
        return
        ;;
    '--no-label')
        return
        ;;
    '--certificate')
        return
        ;;
    '--ca-certificate')
        return
        ;;
    '--trust-set')
        return
        ;;
    '--spiffe-id')
        return
        ;;
    '--subject-dn')
        return
        ;;
    '--subject-order')
        __handfast_add_completions -W 'printed'$'\n''go'
        return
        ;;
    '--san-dns')
        return
        ;;
    '--san-uri')
        return
        ;;
    '--san-ip')
        return
        ;;
    '--san-email')
        return
        ;;
    '--jwks')
        return
        ;;
    '--jwks-uri')
        return
        ;;
    '--auth-signing-alg')
        return
        ;;
    '--auth-method')
        return
        ;;
    '--grant-types')
        return
        ;;
    '--scope')
        return
        ;;
    '--redirect-uri')
        return
        ;;
    '--audience')
        return
        ;;
    '--token-format')
        return
        ;;
    '--token-lifetime')
        return
        ;;
    '--reuse-window')
        return
        ;;
    '--refresh-rotation')
        __handfast_add_completions -W 'on'$'\n''off'$'\n''default'
        return
        ;;
    '--refresh-lifetime')
        return
        ;;
    '--refresh-idle')
        return
        ;;
    '--token-signing-alg')
        return
        ;;
    '--claim')
        return
        ;;
    '--rate')
        return
        ;;
    '--own-audience')
        return
        ;;
    '--exchange')
        return
        ;;
    '--label')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_client_disable() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_client_enable() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_client_remove() {
    repeating_flags=()
    non_repeating_flags=(--yes -y --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_client_certificate() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|remove|list)
        # Offer subcommand argument completions
        "_handfast_client_certificate_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add remove list' -- "${cur}"))
        ;;
    esac
}

_handfast_client_certificate_add() {
    repeating_flags=()
    non_repeating_flags=(--ca --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_client_certificate_remove() {
    repeating_flags=()
    non_repeating_flags=(--ca --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_client_certificate_list() {
    repeating_flags=()
    non_repeating_flags=(--ca --json --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_trust-set() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|list|show|update|remove)
        # Offer subcommand argument completions
        "_handfast_trust-set_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add list show update remove' -- "${cur}"))
        ;;
    esac
}

_handfast_trust-set_add() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=(--ca-certificate --crl --label)
    non_repeating_options=(--revocation --allow-server-auth-until --spiffe-bundle --max-staleness --trust-domain --data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--ca-certificate')
        return
        ;;
    '--crl')
        return
        ;;
    '--revocation')
        __handfast_add_completions -W 'off'$'\n''soft'$'\n''hard'
        return
        ;;
    '--allow-server-auth-until')
        return
        ;;
    '--spiffe-bundle')
        return
        ;;
    '--max-staleness')
        return
        ;;
    '--label')
        return
        ;;
    '--trust-domain')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_trust-set_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_trust-set_show() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_trust-set_update() {
    repeating_flags=()
    non_repeating_flags=(--no-crl --no-allow-server-auth --json --version -h --help)
    repeating_options=(--ca-certificate --crl --label --no-label)
    non_repeating_options=(--revocation --allow-server-auth-until --spiffe-bundle --max-staleness --accept-sequence --data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--ca-certificate')
        return
        ;;
    '--crl')
        return
        ;;
    '--revocation')
        __handfast_add_completions -W 'off'$'\n''soft'$'\n''hard'
        return
        ;;
    '--allow-server-auth-until')
        return
        ;;
    '--spiffe-bundle')
        return
        ;;
    '--max-staleness')
        return
        ;;
    '--label')
        return
        ;;
    '--accept-sequence')
        return
        ;;
    '--no-label')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_trust-set_remove() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_user() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|list|password|disable|enable|remove)
        # Offer subcommand argument completions
        "_handfast_user_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add list password disable enable remove' -- "${cur}"))
        ;;
    esac
}

_handfast_user_add() {
    repeating_flags=()
    non_repeating_flags=(--password-stdin --version -h --help)
    repeating_options=(--label)
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--label')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_user_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_user_password() {
    repeating_flags=()
    non_repeating_flags=(--password-stdin --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_user_disable() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_user_enable() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_user_remove() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_issuer() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|list|show|update|remove)
        # Offer subcommand argument completions
        "_handfast_issuer_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add list show update remove' -- "${cur}"))
        ;;
    esac
}

_handfast_issuer_add() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=(--label)
    non_repeating_options=(--issuer --jwks --jwks-uri --alg --clients --expect-audience --subjects --token-audiences --scopes --max-lifetime --replay --data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--issuer')
        return
        ;;
    '--jwks')
        return
        ;;
    '--jwks-uri')
        return
        ;;
    '--alg')
        return
        ;;
    '--clients')
        return
        ;;
    '--expect-audience')
        return
        ;;
    '--subjects')
        return
        ;;
    '--token-audiences')
        return
        ;;
    '--scopes')
        return
        ;;
    '--max-lifetime')
        return
        ;;
    '--replay')
        __handfast_add_completions -W 'refuse'$'\n''allow'
        return
        ;;
    '--label')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_issuer_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_issuer_show() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_issuer_update() {
    repeating_flags=()
    non_repeating_flags=(--no-expect-audience --no-subjects --no-token-audiences --no-scopes --json --version -h --help)
    repeating_options=(--label --no-label)
    non_repeating_options=(--issuer --jwks --jwks-uri --alg --clients --expect-audience --subjects --token-audiences --scopes --max-lifetime --replay --data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--issuer')
        return
        ;;
    '--jwks')
        return
        ;;
    '--jwks-uri')
        return
        ;;
    '--alg')
        return
        ;;
    '--clients')
        return
        ;;
    '--expect-audience')
        return
        ;;
    '--subjects')
        return
        ;;
    '--token-audiences')
        return
        ;;
    '--scopes')
        return
        ;;
    '--max-lifetime')
        return
        ;;
    '--replay')
        __handfast_add_completions -W 'refuse'$'\n''allow'
        return
        ;;
    '--label')
        return
        ;;
    '--no-label')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_issuer_remove() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_apply() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --json --version -h --help)
    repeating_options=(-f --file)
    non_repeating_options=(--prune --secrets --data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-f'|'--file')
        return
        ;;
    '--prune')
        return
        ;;
    '--secrets')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_export() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--label --format --data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--label')
        return
        ;;
    '--format')
        __handfast_add_completions -W 'yaml'$'\n''json'
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_token() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    revoke)
        # Offer subcommand argument completions
        "_handfast_token_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'revoke' -- "${cur}"))
        ;;
    esac
}

_handfast_token_revoke() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--client --user --data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--client')
        return
        ;;
    '--user')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_key() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|rotate)
        # Offer subcommand argument completions
        "_handfast_key_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list rotate' -- "${cur}"))
        ;;
    esac
}

_handfast_key_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_key_rotate() {
    repeating_flags=()
    non_repeating_flags=(--forget --version -h --help)
    repeating_options=()
    non_repeating_options=(--kind --alg --active-in --data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--kind')
        __handfast_add_completions -W 'signs(Cryptography.SignatureAlgorithm.es256)'$'\n''signs(Cryptography.SignatureAlgorithm.es384)'$'\n''signs(Cryptography.SignatureAlgorithm.edDSA)'$'\n''signs(Cryptography.SignatureAlgorithm.ps256)'$'\n''signs(Cryptography.SignatureAlgorithm.rs256)'$'\n''sealing'
        return
        ;;
    '--alg')
        return
        ;;
    '--active-in')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_store() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    migrate|copy|rewrap)
        # Offer subcommand argument completions
        "_handfast_store_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'migrate copy rewrap' -- "${cur}"))
        ;;
    esac
}

_handfast_store_migrate() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--store --store-key-file --new-key-file --config)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    '--new-key-file')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_handfast_store_copy() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(--from --to --store-key-file --config)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--from')
        return
        ;;
    '--to')
        return
        ;;
    '--store-key-file')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_handfast_store_rewrap() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--store --store-key-file --new-key-file --config)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    '--new-key-file')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_handfast_admin-token() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    add|list|remove)
        # Offer subcommand argument completions
        "_handfast_admin-token_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'add list remove' -- "${cur}"))
        ;;
    esac
}

_handfast_admin-token_add() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--role --data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--role')
        __handfast_add_completions -W 'read'$'\n''operate'$'\n''administer'
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_admin-token_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_admin-token_remove() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_audit() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|verify|head|follow|renew)
        # Offer subcommand argument completions
        "_handfast_audit_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list verify head follow renew' -- "${cur}"))
        ;;
    esac
}

_handfast_audit_list() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=(--client --user --trust-set --issuer)
    non_repeating_options=(--after --limit --author --action --since --until --data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--after')
        return
        ;;
    '--limit')
        return
        ;;
    '--client')
        return
        ;;
    '--user')
        return
        ;;
    '--trust-set')
        return
        ;;
    '--issuer')
        return
        ;;
    '--author')
        return
        ;;
    '--action')
        __handfast_add_completions -W 'add'$'\n''remove'$'\n''enable'$'\n''disable'$'\n''end_tokens'$'\n''change_secret'$'\n''change_password'$'\n''change_certificates'$'\n''fetch_keys'$'\n''retire'$'\n''renew'$'\n''impersonate'$'\n''change'
        return
        ;;
    '--since')
        return
        ;;
    '--until')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_audit_verify() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--head --data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--head')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_audit_head() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_audit_follow() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--to --after --position --data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--to')
        return
        ;;
    '--after')
        return
        ;;
    '--position')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_audit_renew() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_certificate() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    inspect|thumbprint|export|import|cliff)
        # Offer subcommand argument completions
        "_handfast_certificate_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'inspect thumbprint export import cliff' -- "${cur}"))
        ;;
    esac
}

_handfast_certificate_inspect() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 1
}

_handfast_certificate_thumbprint() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 1
}

_handfast_certificate_export() {
    repeating_flags=()
    non_repeating_flags=(--password-stdin --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file --format --out)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    '--format')
        __handfast_add_completions -W 'pem'$'\n''der'$'\n''pkcs12'
        return
        ;;
    '--out')
        return
        ;;
    esac
}

_handfast_certificate_import() {
    repeating_flags=()
    non_repeating_flags=(--password-stdin --version -h --help)
    repeating_options=()
    non_repeating_options=(--alias --out)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--alias')
        return
        ;;
    '--out')
        return
        ;;
    esac
}

_handfast_certificate_cliff() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--within --public-authorities --data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--within')
        return
        ;;
    '--public-authorities')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_verify() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=(--chain)
    non_repeating_options=(--client --certificate --data --config --store --store-key-file)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--client')
        return
        ;;
    '--certificate')
        return
        ;;
    '--chain')
        return
        ;;
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_check() {
    repeating_flags=()
    non_repeating_flags=(--verbose -v --version -h --help)
    repeating_options=()
    non_repeating_options=(--config --data)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--config')
        return
        ;;
    '--data')
        return
        ;;
    esac
}

_handfast_health() {
    repeating_flags=()
    non_repeating_flags=(--ready --version -h --help)
    repeating_options=()
    non_repeating_options=(--config --data --address --timeout)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--config')
        return
        ;;
    '--data')
        return
        ;;
    '--address')
        return
        ;;
    '--timeout')
        return
        ;;
    esac
}

_handfast_refusals() {
    repeating_flags=()
    non_repeating_flags=(--json --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file --administration --client --check --limit)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    '--administration')
        return
        ;;
    '--client')
        return
        ;;
    '--check')
        return
        ;;
    '--limit')
        return
        ;;
    esac
}

_handfast_console() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file --administration --port --idle-minutes)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    '--administration')
        return
        ;;
    '--port')
        return
        ;;
    '--idle-minutes')
        return
        ;;
    esac
}

_handfast_backup() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    esac
}

_handfast_restore() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --config --store --store-key-file --sha256)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--config')
        return
        ;;
    '--store')
        return
        ;;
    '--store-key-file')
        return
        ;;
    '--sha256')
        return
        ;;
    esac
}

_handfast_load-target() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    seed|export|serve|faults|calls|counters|summary|reset|clock)
        # Offer subcommand argument completions
        "_handfast_load-target_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'seed export serve faults calls counters summary reset clock' -- "${cur}"))
        ;;
    esac
}

_handfast_load-target_seed() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --clients --seed --key --method --users --not-before)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--clients')
        return
        ;;
    '--seed')
        return
        ;;
    '--key')
        __handfast_add_completions -W 'p256'$'\n''rsa2048'$'\n''ed25519'$'\n''mix'
        return
        ;;
    '--method')
        __handfast_add_completions -W 'self_signed'$'\n''pki'$'\n''mix'
        return
        ;;
    '--users')
        return
        ;;
    '--not-before')
        return
        ;;
    esac
}

_handfast_load-target_export() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --format --out --first)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--format')
        __handfast_add_completions -W 'pem-folder'$'\n''csv'$'\n''jsonl'$'\n''pkcs12'$'\n''jks'
        return
        ;;
    '--out')
        return
        ;;
    '--first')
        return
        ;;
    esac
}

_handfast_load-target_serve() {
    repeating_flags=()
    non_repeating_flags=(--listen-beyond-loopback --deterministic-jti --version -h --help)
    repeating_options=()
    non_repeating_options=(--data --faults --listen --reactors --issuer --config)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--faults')
        return
        ;;
    '--listen')
        return
        ;;
    '--reactors')
        return
        ;;
    '--issuer')
        return
        ;;
    '--config')
        return
        ;;
    esac
}

_handfast_load-target_faults() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|add|remove)
        # Offer subcommand argument completions
        "_handfast_load-target_faults_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list add remove' -- "${cur}"))
        ;;
    esac
}

_handfast_load-target_faults_list() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --administration)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--administration')
        return
        ;;
    esac
}

_handfast_load-target_faults_add() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --administration)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--administration')
        return
        ;;
    esac
}

_handfast_load-target_faults_remove() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --administration)
    __handfast_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--administration')
        return
        ;;
    esac
}

_handfast_load-target_calls() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --administration --client --since --limit)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--administration')
        return
        ;;
    '--client')
        return
        ;;
    '--since')
        return
        ;;
    '--limit')
        return
        ;;
    esac
}

_handfast_load-target_counters() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --administration --client)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--administration')
        return
        ;;
    '--client')
        return
        ;;
    esac
}

_handfast_load-target_summary() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --administration)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--administration')
        return
        ;;
    esac
}

_handfast_load-target_reset() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --administration)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--administration')
        return
        ;;
    esac
}

_handfast_load-target_clock() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=(--data --administration --offset)
    __handfast_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--data')
        return
        ;;
    '--administration')
        return
        ;;
    '--offset')
        return
        ;;
    esac
}

_handfast_help() {
    repeating_flags=()
    non_repeating_flags=(--version)
    repeating_options=()
    non_repeating_options=()
    __handfast_offer_flags_options -1
}

complete -o filenames -F _handfast handfast
