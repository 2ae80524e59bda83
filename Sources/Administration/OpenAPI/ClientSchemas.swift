// SPDX-License-Identifier: Apache-2.0
extension OpenAPISchemas {
    /// Clients, as they are registered and shown (RFC 7591, RFC 8705), with Handfast's members.
    static let clients = #"""
        {
          "ClientPage": {
            "type": "object", "required": ["clients"],
            "properties": {
              "clients": {
                "type": "array", "items": {"$ref": "#/components/schemas/ClientSummary"}
              },
              "next": {
                "type": "string",
                "description": "The value of after for the next page; absent on the last one."
              }
            }
          },
          "ClientSummary": {
            "type": "object",
            "required": [
              "client_id", "client_name", "token_endpoint_auth_method", "enabled",
              "certificate_count"
            ],
            "properties": {
              "client_id": {"type": "string"}, "client_name": {"type": "string"},
              "token_endpoint_auth_method": {"type": "string"}, "enabled": {"type": "boolean"},
              "certificate_count": {"type": "integer", "minimum": 0},
              "first_certificate_ends": {
                "type": "integer", "description": "Seconds since 1970."
              },
              "labels": {"$ref": "#/components/schemas/Labels"}
            }
          },
          "Warnings": {
            "type": "array", "items": {"$ref": "#/components/schemas/Finding"},
            "description": "In the answer to a change: what is registered, and may be unwise."
          },
          "Labels": {"type": "object", "additionalProperties": {"type": "string"}},
          "Texts": {"type": "array", "items": {"type": "string"}},
          "KeySet": {
            "type": "object", "required": ["keys"],
            "properties": {"keys": {"type": "array", "items": {"type": "object"}}}
          },
          "Client": {
            "type": "object",
            "required": [
              "client_id", "client_name", "token_endpoint_auth_method", "grant_types",
              "response_types", "redirect_uris", "scope", "audiences", "enabled",
              "access_token_format", "access_token_reuse_window", "may_introspect",
              "tls_client_certificate_bound_access_tokens", "client_id_issued_at"
            ],
            "properties": {
              "client_id": {"type": "string"}, "client_name": {"type": "string"},
              "client_secret": {
                "type": "string", "description": "In the one answer that made it."
              },
              "client_secret_expires_at": {"type": "integer"},
              "client_id_issued_at": {"type": "integer"},
              "token_endpoint_auth_method": {"type": "string"},
              "token_endpoint_auth_signing_alg": {"type": "string"},
              "grant_types": {"$ref": "#/components/schemas/Texts"},
              "response_types": {"$ref": "#/components/schemas/Texts"},
              "redirect_uris": {"$ref": "#/components/schemas/Texts"},
              "scope": {"type": "string"},
              "jwks": {"$ref": "#/components/schemas/KeySet"},
              "jwks_uri": {"type": "string"}, "fetched_jwks": {},
              "tls_client_auth_subject_dn": {"type": "string"},
              "tls_client_auth_san_dns": {"type": "string"},
              "tls_client_auth_san_uri": {"type": "string"},
              "tls_client_auth_san_ip": {"type": "string"},
              "tls_client_auth_san_email": {"type": "string"},
              "tls_client_certificate_bound_access_tokens": {"type": "boolean"},
              "spiffe_id": {"type": "string"}, "trust_set": {"type": "string"},
              "ca_certificates": {"$ref": "#/components/schemas/KeySet"},
              "audiences": {"$ref": "#/components/schemas/Texts"},
              "access_token_format": {"enum": ["jwt", "sealed"]},
              "access_token_lifetime": {"type": "integer"},
              "access_token_reuse_window": {"type": "integer"},
              "access_token_signing_alg": {"type": "string"},
              "access_token_claims": {"type": "object"},
              "may_introspect": {"type": "boolean"}, "enabled": {"type": "boolean"},
              "require_pushed_authorization_requests": {"type": "boolean"},
              "refresh_token_rotation": {"type": "boolean"},
              "refresh_token_lifetime": {"type": "integer"},
              "refresh_token_idle_lifetime": {"type": "integer"},
              "rate": {"type": "string", "pattern": "^[1-9][0-9]{0,6}/[1-9][0-9]{0,4}$"},
              "own_audiences": {"$ref": "#/components/schemas/Texts"},
              "exchange_mode": {"enum": ["delegate", "impersonate"]},
              "exchange_bound_tokens": {"type": "boolean"},
              "tokens_valid_from": {"type": "integer"},
              "activity": {"$ref": "#/components/schemas/ClientActivity"},
              "labels": {"$ref": "#/components/schemas/Labels"},
              "warnings": {"$ref": "#/components/schemas/Warnings"}
            }
          },
          "ClientDocument": {
            "type": "object", "additionalProperties": false,
            "description": "RFC 7591 with certificates as PEM texts; null counts as left out.",
            "properties": {
              "client_id": {"type": ["string", "null"]},
              "client_name": {"type": ["string", "null"]},
              "client_secret": {
                "type": ["string", "null"], "description": "null: the client gets or keeps none."
              },
              "token_endpoint_auth_method": {
                "enum": [
                  "client_secret_basic", "client_secret_post", "client_secret_jwt",
                  "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth", "none",
                  "spiffe_x509", null
                ]
              },
              "token_endpoint_auth_signing_alg": {"type": ["string", "null"]},
              "grant_types": {"$ref": "#/components/schemas/OptionalTexts"},
              "response_types": {"$ref": "#/components/schemas/OptionalTexts"},
              "redirect_uris": {"$ref": "#/components/schemas/OptionalTexts"},
              "scope": {"type": ["string", "null"], "description": "Scopes with spaces between."},
              "certificates": {
                "type": ["array", "null"], "items": {"type": "string"},
                "description": "PEM texts, or thumbprints of certificates that are known."
              },
              "ca_certificates": {
                "type": ["array", "object", "null"], "items": {"type": "string"},
                "description": "PEM texts, thumbprints of known ones, or a JWK Set with x5c."
              },
              "jwks": {"type": ["object", "null"]}, "jwks_uri": {"type": ["string", "null"]},
              "spiffe_id": {
                "type": ["string", "null"],
                "description": "A SPIFFE ID, or one whose last segment is an asterisk."
              },
              "trust_set": {"type": ["string", "null"]},
              "tls_client_auth_subject_dn": {"type": ["string", "null"]},
              "tls_client_auth_san_dns": {"type": ["string", "null"]},
              "tls_client_auth_san_uri": {"type": ["string", "null"]},
              "tls_client_auth_san_ip": {"type": ["string", "null"]},
              "tls_client_auth_san_email": {"type": ["string", "null"]},
              "tls_client_certificate_bound_access_tokens": {"type": ["boolean", "null"]},
              "audiences": {"$ref": "#/components/schemas/OptionalTexts"},
              "access_token_format": {"enum": ["jwt", "sealed", null]},
              "access_token_lifetime": {"type": ["integer", "null"]},
              "access_token_reuse_window": {"type": ["integer", "null"]},
              "access_token_signing_alg": {"type": ["string", "null"]},
              "access_token_claims": {"type": ["object", "null"]},
              "may_introspect": {"type": ["boolean", "null"]},
              "enabled": {"type": ["boolean", "null"]},
              "require_pushed_authorization_requests": {"type": ["boolean", "null"]},
              "refresh_token_rotation": {"type": ["boolean", "null"]},
              "refresh_token_lifetime": {"type": ["integer", "null"]},
              "refresh_token_idle_lifetime": {"type": ["integer", "null"]},
              "rate": {"type": ["string", "null"], "pattern": "^[1-9][0-9]{0,6}/[1-9][0-9]{0,4}$"},
              "own_audiences": {"$ref": "#/components/schemas/OptionalTexts"},
              "exchange_mode": {"enum": ["delegate", "impersonate", null]},
              "exchange_bound_tokens": {"type": ["boolean", "null"]},
              "labels": {
                "type": ["object", "null"], "additionalProperties": {"type": "string"}
              },
              "client_id_issued_at": {"readOnly": true},
              "client_secret_expires_at": {"readOnly": true},
              "fetched_jwks": {"readOnly": true}, "tokens_valid_from": {"readOnly": true},
              "activity": {"readOnly": true}, "warnings": {"readOnly": true}
            }
          },
          "ClientActivity": {
            "type": "object", "description": "Since this node's start, on this node alone.",
            "required": ["tokens_issued_early", "slowed_down", "last_slowed_down"],
            "properties": {
              "tokens_issued_early": {
                "type": "integer",
                "description": "While half the life of the one before, for the same, was left."
              },
              "slowed_down": {"type": "integer", "description": "Answers 429 beyond its rate."},
              "last_slowed_down": {"type": ["string", "null"]}
            }
          },
          "OptionalTexts": {"type": ["array", "null"], "items": {"type": "string"}},
          "Certificates": {
            "type": "object", "required": ["keys"],
            "properties": {
              "keys": {"type": "array", "items": {"$ref": "#/components/schemas/Certificate"}},
              "spiffe_ids": {
                "type": "array", "items": {"$ref": "#/components/schemas/SPIFFEIDUse"},
                "description": "Of a client of spiffe_x509, which has no keys; the last used first."
              },
              "warnings": {"$ref": "#/components/schemas/Warnings"}
            }
          },
          "SPIFFEIDUse": {
            "type": "object", "required": ["spiffe_id", "first_seen", "last_seen"],
            "properties": {
              "spiffe_id": {"type": "string"},
              "first_seen": {"type": "string"}, "last_seen": {"type": "string"}
            }
          },
          "Certificate": {
            "type": "object", "description": "A JWK with its certificate, dates and uses.",
            "required": ["x5c", "x5t#S256", "not_before", "not_after", "days_left", "expired"],
            "properties": {
              "x5c": {"$ref": "#/components/schemas/Texts"},
              "x5t#S256": {"type": "string"},
              "not_before": {"type": "string"}, "not_after": {"type": "string"},
              "days_left": {"type": "integer"}, "expired": {"type": "boolean"},
              "first_seen": {"type": ["string", "null"]},
              "last_seen": {"type": ["string", "null"]}
            }
          },
          "NotDurable": {
            "type": "object", "required": ["enabled", "durable", "reason"],
            "description": "The client is off, and a restart brings it back until it is written.",
            "properties": {
              "enabled": {"const": false}, "durable": {"const": false},
              "reason": {"type": "string"}
            }
          }
        }
        """#
}
