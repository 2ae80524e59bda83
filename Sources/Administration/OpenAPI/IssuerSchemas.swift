// SPDX-License-Identifier: Apache-2.0
extension OpenAPISchemas {
    /// Trusted issuers, as they are registered and shown.
    static let issuers = #"""
        {
          "Issuers": {
            "type": "object", "required": ["issuers"],
            "properties": {
              "issuers": {"type": "array", "items": {"$ref": "#/components/schemas/Issuer"}}
            }
          },
          "Issuer": {
            "type": "object",
            "required": [
              "name", "issuer", "algorithms", "clients", "token_audiences", "scopes",
              "max_lifetime", "replay", "created_at"
            ],
            "properties": {
              "name": {"type": "string"}, "issuer": {"type": "string"},
              "jwks": {"$ref": "#/components/schemas/KeySet"},
              "jwks_uri": {"type": "string"},
              "fetched_jwks": {"$ref": "#/components/schemas/KeySet"},
              "fetched_at": {
                "type": "integer",
                "description": "When jwks_uri last had good keys; a day later they do not count."
              },
              "algorithms": {"$ref": "#/components/schemas/Texts"},
              "clients": {"$ref": "#/components/schemas/Texts"},
              "audience": {"type": "string"}, "subjects": {"type": "string"},
              "token_audiences": {"$ref": "#/components/schemas/Texts"},
              "scopes": {"$ref": "#/components/schemas/Texts"},
              "max_lifetime": {"type": "integer", "minimum": 1},
              "replay": {"enum": ["refuse", "allow"]},
              "created_at": {"type": "integer"},
              "labels": {"$ref": "#/components/schemas/Labels"},
              "warnings": {"$ref": "#/components/schemas/Warnings"}
            }
          },
          "IssuerDocument": {
            "type": "object", "additionalProperties": false,
            "properties": {
              "name": {"type": ["string", "null"], "pattern": "^[a-z][a-z0-9-]{0,31}$"},
              "issuer": {"type": ["string", "null"], "description": "The iss of its JWTs."},
              "jwks": {
                "type": ["object", "null"], "description": "Its public keys; or jwks_uri."
              },
              "jwks_uri": {"type": ["string", "null"]},
              "algorithms": {
                "type": ["array", "null"],
                "items": {
                  "enum": [
                    "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384",
                    "RS512", "EdDSA"
                  ]
                }
              },
              "clients": {
                "type": ["array", "null"], "items": {"type": "string"},
                "description": "The client_ids that may present its JWTs."
              },
              "audience": {
                "type": ["string", "null"],
                "description": "The one aud of its JWTs; this server's issuer where left out."
              },
              "subjects": {
                "type": ["string", "null"],
                "description": "A pattern of its subs, in which * stands for any characters."
              },
              "token_audiences": {"type": ["array", "null"], "items": {"type": "string"}},
              "scopes": {"type": ["array", "null"], "items": {"type": "string"}},
              "max_lifetime": {
                "type": ["integer", "null"], "minimum": 1, "maximum": 3600,
                "description": "Seconds; 300 where it is left out."
              },
              "replay": {
                "enum": ["refuse", "allow", null],
                "description": "allow: a JWT may be used again, with a max_lifetime up to 300."
              },
              "labels": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
              "created_at": {"readOnly": true}, "fetched_jwks": {"readOnly": true},
              "fetched_at": {"readOnly": true}, "warnings": {"readOnly": true}
            }
          }
        }
        """#
}
