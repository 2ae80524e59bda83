// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The schemas of contents (JSON Schema 2020-12) by name, which routes refer to.
enum OpenAPISchemas {
    /// The schemas of every server, and of a load target beside them.
    static func all(forLoadTarget isLoadTarget: Bool) -> [String: JSONValue] {
        var all: [String: JSONValue] = [:]
        for text in [answers, clients, issuers, requests] + (isLoadTarget ? [loadTarget] : []) {
            guard case .object(let schemas)? = JSONValue(text.utf8Span.span) else {
                preconditionFailure("schemas are JSON")
            }
            all.merge(schemas) { _, new in new }
        }
        return all
    }

    private static let answers = #"""
        {
          "Problem": {
            "type": "object", "description": "RFC 9457",
            "required": ["type", "title", "status"],
            "properties": {
              "type": {"type": "string"}, "title": {"type": "string"},
              "status": {"type": "integer", "minimum": 400, "maximum": 599},
              "detail": {"type": "string"},
              "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}}
            }
          },
          "Finding": {
            "type": "object", "required": ["problem"],
            "properties": {
              "member": {"type": "string", "description": "The member, or the parameter."},
              "problem": {"type": "string"},
              "remedy": {"type": "string"}
            }
          },
          "Health": {
            "type": "object", "required": ["status"],
            "properties": {"status": {"enum": ["ok", "stuck", "draining"]}}
          },
          "Readiness": {
            "type": "object", "required": ["state"],
            "properties": {
              "state": {"enum": ["full", "snapshot", "stale", "draining"]},
              "age": {"type": "integer", "description": "Of the snapshot, in seconds."},
              "refused": {"type": "array", "items": {"type": "string"}}
            }
          },
          "Description": {
            "type": "object", "required": ["openapi", "paths"],
            "properties": {"openapi": {"type": "string"}, "paths": {"type": "object"}}
          },
          "Metrics": {"type": "string"},
          "RefusalPage": {
            "type": "object", "required": ["refusals", "more"],
            "properties": {
              "refusals": {"type": "array", "items": {"$ref": "#/components/schemas/Refusal"}},
              "more": {"type": "boolean"}
            }
          },
          "Refusal": {
            "type": "object", "required": ["kind", "time", "listener", "peer", "check"],
            "properties": {
              "kind": {"enum": ["request", "handshake"]},
              "time": {"type": "string", "format": "date-time"}, "listener": {"type": "string"},
              "peer": {"type": "string"}, "port": {"type": "integer"},
              "check": {"type": "string"}, "meaning": {"type": "string"},
              "remedy": {"type": "string"}, "client_id": {"type": "string"},
              "endpoint": {"type": "string"}, "error": {"type": "string"},
              "error_description": {"type": "string"},
              "reason": {"type": "string"}, "detail": {"type": "string"},
              "thumbprint": {"type": "string"},
              "subject": {"type": "string"}, "issuer": {"type": "string"},
              "not_before": {"type": "string"}, "not_after": {"type": "string"},
              "registered": {"type": "boolean"},
              "certificate": {"type": "string", "description": "PEM, where not registered."},
              "failure": {"type": "string", "description": "Of handshakes, as what follows."},
              "alert": {"type": "string"}, "alert_sender": {"type": "string"},
              "progress": {"type": "string"}
            }
          },
          "EndingPage": {
            "type": "object", "required": ["expiring", "more"],
            "properties": {
              "expiring": {"type": "array", "items": {"$ref": "#/components/schemas/Ending"}},
              "more": {"type": "boolean"}
            }
          },
          "Ending": {
            "type": "object",
            "required": ["kind", "name", "ends", "days_left", "ended", "handled", "remedy"],
            "properties": {
              "kind": {"type": "string"}, "name": {"type": "string"},
              "ends": {"type": "integer"}, "days_left": {"type": "integer", "minimum": 0},
              "ended": {"type": "boolean"},
              "handled": {
                "type": "boolean",
                "description": "Whether something else takes its place, or nothing depends on it."
              },
              "remedy": {"type": "string"}, "client_id": {"type": "string"},
              "client_name": {"type": "string"},
              "clients": {"type": "integer", "description": "How many clients have it."},
              "enabled": {"type": "boolean"}, "thumbprint": {"type": "string"},
              "trust_set": {"type": "string"}, "source": {"type": "string"},
              "trust_sets": {"type": "array", "items": {"type": "string"}},
              "file": {"type": "string"},
              "listeners": {"type": "array", "items": {"type": "string"}},
              "server_names": {"type": "array", "items": {"type": "string"}},
              "kid": {"type": "string"}, "key_kind": {"type": "string"}
            }
          },
          "Configuration": {
            "type": "object", "required": ["settings"],
            "properties": {
              "settings": {"type": "array", "items": {"$ref": "#/components/schemas/Setting"}}
            }
          },
          "Setting": {
            "type": "object",
            "required": ["key", "value", "source", "origin", "needs_restart", "documentation"],
            "properties": {
              "key": {"type": "string"},
              "value": {"type": "string", "description": "Of a secret: the path of its file."},
              "source": {"enum": ["default", "derived", "file", "environment", "option"]},
              "origin": {"type": "string"}, "needs_restart": {"type": "boolean"},
              "documentation": {"type": "string"}
            }
          },
          "Users": {
            "type": "object", "required": ["users"],
            "properties": {
              "users": {"type": "array", "items": {"$ref": "#/components/schemas/User"}}
            }
          },
          "User": {
            "type": "object", "required": ["name", "sub", "enabled", "created_at"],
            "properties": {
              "name": {"type": "string"}, "sub": {"type": "string"},
              "enabled": {"type": "boolean"}, "created_at": {"type": "integer"},
              "has_password": {"type": "boolean"},
              "tokens_valid_from": {"type": "integer"},
              "labels": {"$ref": "#/components/schemas/Labels"}
            }
          },
          "TrustSets": {
            "type": "object", "required": ["trust_sets"],
            "properties": {
              "trust_sets": {
                "type": "array", "items": {"$ref": "#/components/schemas/TrustSet"}
              }
            }
          },
          "TrustSet": {
            "type": "object",
            "required": ["name", "crl", "revocation", "created_at"],
            "properties": {
              "name": {"type": "string"},
              "ca_certificates": {"$ref": "#/components/schemas/KeySet"},
              "trust_domain": {"type": "string"}, "spiffe_bundle": {"type": "string"},
              "max_staleness": {"type": "integer"},
              "bundle": {
                "type": "object",
                "required": ["sequence", "refresh_hint", "checked_at", "ca_certificates"],
                "properties": {
                  "sequence": {"type": "integer"}, "refresh_hint": {"type": "integer"},
                  "checked_at": {"type": ["integer", "null"]},
                  "ca_certificates": {"$ref": "#/components/schemas/KeySet"}
                }
              },
              "crl": {"type": "array", "items": {"type": "string"}},
              "revocation": {"enum": ["off", "soft", "hard"]},
              "allow_server_auth_until": {"type": "string"},
              "created_at": {"type": "integer"},
              "clients": {"type": "integer", "minimum": 0},
              "crl_lists": {"type": "array", "items": {"type": "object"}},
              "labels": {"$ref": "#/components/schemas/Labels"},
              "warnings": {"$ref": "#/components/schemas/Warnings"}
            }
          },
          "Keys": {
            "type": "object", "required": ["keys"],
            "properties": {
              "keys": {"type": "array", "items": {"$ref": "#/components/schemas/Key"}}
            }
          },
          "Key": {
            "type": "object", "required": ["kid", "kind", "state", "created_at", "active_from"],
            "properties": {
              "kid": {"type": "string"}, "kind": {"type": "string"},
              "state": {"enum": ["next", "active", "retired"]},
              "created_at": {"type": "integer"}, "active_from": {"type": "integer"},
              "retired_at": {"type": "integer"}
            }
          },
          "AdminTokens": {
            "type": "object", "required": ["admin_tokens"],
            "properties": {
              "admin_tokens": {
                "type": "array", "items": {"$ref": "#/components/schemas/AdminToken"}
              }
            }
          },
          "AdminToken": {
            "type": "object", "required": ["name", "role", "created_at"],
            "properties": {
              "name": {"type": "string"}, "role": {"$ref": "#/components/schemas/Role"},
              "created_at": {"type": "integer"},
              "token": {"type": "string", "description": "In the one answer that made it."}
            }
          },
          "AuditPage": {
            "type": "object", "required": ["entries"],
            "properties": {
              "entries": {"type": "array", "items": {"$ref": "#/components/schemas/AuditEntry"}},
              "next": {
                "type": "integer",
                "description": "The value of before, or of after, for the next page."
              }
            }
          },
          "AuditEntry": {
            "type": "object",
            "required": ["sequence", "time", "author", "kind", "id", "action", "before", "after"],
            "properties": {
              "sequence": {"type": "integer"}, "time": {"type": "integer"},
              "author": {"type": "string"}, "kind": {"type": "string"}, "id": {"type": "string"},
              "action": {"type": "string"}, "before": {}, "after": {}
            }
          },
          "Revoked": {
            "type": "object", "required": ["tokens_valid_from"],
            "properties": {
              "client_id": {"type": "string"}, "username": {"type": "string"},
              "tokens_valid_from": {"type": "integer"}
            }
          },
          "VerificationReport": {
            "type": "object", "required": ["authenticated", "checks", "subject"],
            "properties": {
              "authenticated": {"type": "boolean"}, "subject": {"type": "string"},
              "checks": {"type": "array", "items": {"type": "object"}},
              "remedy": {"type": "string"}
            }
          }
        }
        """#

    private static let requests = #"""
        {
          "NewPassword": {
            "type": "object", "required": ["password"], "additionalProperties": false,
            "properties": {"password": {"type": "string", "minLength": 1, "maxLength": 1024}}
          },
          "NewKey": {
            "type": "object", "additionalProperties": false,
            "properties": {
              "kind": {"type": "string", "description": "signing, sealing, or an algorithm"},
              "alg": {"type": "string", "description": "A signing key of this algorithm."},
              "active_in": {
                "type": "integer", "minimum": 0, "maximum": 604800,
                "description": "Seconds until the new key is used; 300 where it is left out."
              },
              "forget": {
                "type": "boolean",
                "description": "Whether the other keys of the kind are removed now."
              }
            }
          },
          "Patch": {
            "type": "object",
            "description": "RFC 7396: what is named is changed, and null resets it."
          },
          "UserDocument": {
            "type": "object", "additionalProperties": false,
            "description": "Without a password, which has a route of its own.",
            "properties": {
              "name": {"type": ["string", "null"]}, "enabled": {"type": ["boolean", "null"]},
              "labels": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
              "sub": {"type": ["string", "null"], "description": "Does not change."},
              "created_at": {"readOnly": true}, "has_password": {"readOnly": true},
              "tokens_valid_from": {"readOnly": true}
            }
          },
          "TrustSetDocument": {
            "type": "object", "additionalProperties": false,
            "properties": {
              "name": {"type": ["string", "null"]},
              "ca_certificates": {
                "type": ["array", "object", "null"], "items": {"type": "string"},
                "description": "PEM texts, thumbprints of known ones, or a JWK Set with x5c."
              },
              "trust_domain": {"type": ["string", "null"]},
              "spiffe_bundle": {
                "type": ["string", "null"],
                "description": "The path of a file on the server's machine, or an https URL."
              },
              "max_staleness": {"type": ["integer", "null"]},
              "accept_sequence": {
                "type": "integer", "minimum": 0,
                "description": "In a patch alone: bundles from this sequence on are taken."
              },
              "crl": {"type": ["array", "null"], "items": {"type": "string"}},
              "revocation": {"enum": ["off", "soft", "hard", null]},
              "allow_server_auth_until": {
                "type": ["string", "null"], "description": "YYYY-MM-DD"
              },
              "labels": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
              "created_at": {"readOnly": true}, "clients": {"readOnly": true},
              "crl_lists": {"readOnly": true}, "warnings": {"readOnly": true},
              "bundle": {"readOnly": true}
            }
          },
          "NewAdminToken": {
            "type": "object", "required": ["name", "role"], "additionalProperties": false,
            "properties": {
              "name": {"type": "string"}, "role": {"$ref": "#/components/schemas/Role"}
            }
          },
          "Role": {"enum": ["read", "operate", "administer"]},
          "Revocation": {
            "type": "object", "additionalProperties": false,
            "properties": {"client_id": {"type": "string"}, "user": {"type": "string"}},
            "oneOf": [{"required": ["client_id"]}, {"required": ["user"]}]
          },
          "Verification": {
            "type": "object", "required": ["certificate"],
            "additionalProperties": false,
            "oneOf": [{"required": ["client_id"]}, {"required": ["client"]}],
            "properties": {
              "client_id": {"type": "string"},
              "client": {
                "$ref": "#/components/schemas/ClientDocument",
                "description": "A client that is not registered, judged as if it were."
              },
              "certificate": {
                "type": "string",
                "description": "PEM: the client's certificate, and perhaps its chain after it."
              },
              "chain": {"type": "string", "description": "PEM: what is sent along besides."}
            }
          }
        }
        """#

    private static let loadTarget = #"""
        {
          "FaultRules": {"type": "object"},
          "FaultRule": {"type": "object"},
          "FaultRuleID": {
            "type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}
          },
          "Calls": {"type": "object"},
          "Counters": {"type": "object"},
          "Summary": {"type": "object"},
          "TargetClock": {
            "type": "object", "required": ["offset_seconds", "time"],
            "properties": {
              "offset_seconds": {"type": "integer"}, "time": {"type": "integer"}
            }
          },
          "ClockOffset": {
            "type": "object", "required": ["offset_seconds"], "additionalProperties": false,
            "properties": {"offset_seconds": {"type": "integer"}}
          }
        }
        """#
}
