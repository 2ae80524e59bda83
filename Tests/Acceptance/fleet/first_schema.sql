-- A store as the first schema left it, with one client: pg_dump --no-owner --inserts of PostgreSQL 15.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.handfast_admin_token_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.name <> NEW.name THEN
        PERFORM handfast_log('admin_token', OLD.name);
    END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM handfast_log('admin_token', NEW.name); END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION public.handfast_client_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.client_id <> NEW.client_id THEN
        PERFORM handfast_log('client', OLD.client_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM handfast_log('client', NEW.client_id); END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION public.handfast_client_search() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM handfast_search(NEW.id);
    IF TG_OP = 'INSERT' OR OLD.labels IS DISTINCT FROM NEW.labels
        OR OLD.client_id <> NEW.client_id THEN
        DELETE FROM client_label WHERE client = NEW.id;
        INSERT INTO client_label (client, name, value, client_id)
            SELECT NEW.id, key, value, NEW.client_id
            FROM jsonb_each_text(coalesce(NEW.labels, '{}')::jsonb);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION public.handfast_key_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.key_id <> NEW.key_id THEN
        PERFORM handfast_log('key', OLD.key_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM handfast_log('key', NEW.key_id); END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION public.handfast_link_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM handfast_log('client', client_id) FROM client
        WHERE client.id = CASE TG_OP WHEN 'DELETE' THEN OLD.client ELSE NEW.client END;
    RETURN NULL;
END $$;
CREATE FUNCTION public.handfast_link_search() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM handfast_search(CASE TG_OP WHEN 'DELETE' THEN OLD.client ELSE NEW.client END);
    RETURN NULL;
END $$;
CREATE FUNCTION public.handfast_log(kind text, id text) RETURNS void
    LANGUAGE sql
    AS $_$
    INSERT INTO change (kind, id, author, time) VALUES (
        $1, $2, nullif(current_setting('handfast.author', true), ''),
        nullif(current_setting('handfast.time', true), '')::bigint
    );
    INSERT INTO change_transaction (id) VALUES (pg_current_xact_id()::text)
        ON CONFLICT DO NOTHING
$_$;
CREATE FUNCTION public.handfast_number_changes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    added BIGINT;
    last BIGINT;
BEGIN
    DELETE FROM change_transaction WHERE id = NEW.id;
    SELECT count(*) INTO added FROM change WHERE sequence IS NULL;
    UPDATE change_position SET value = value + added RETURNING value INTO last;
    IF added > 10000 THEN
        DELETE FROM change WHERE sequence IS NULL AND entry < (
            SELECT entry FROM change WHERE sequence IS NULL
            ORDER BY entry DESC OFFSET 9999 LIMIT 1
        );
        added := 10000;
    END IF;
    UPDATE change SET sequence = last - added + n.place FROM (
        SELECT entry, row_number() OVER (ORDER BY entry) AS place
        FROM change WHERE sequence IS NULL
    ) AS n WHERE change.entry = n.entry;
    DELETE FROM change WHERE sequence <= last - 10000;
    NOTIFY handfast_change;
    RETURN NULL;
END $$;
CREATE FUNCTION public.handfast_number_revocation() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    last BIGINT;
BEGIN
    UPDATE revocation_position SET value = value + 1 RETURNING value INTO last;
    UPDATE revoked_token SET sequence = last WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE FUNCTION public.handfast_search(which bigint) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO client_search
        (client, client_id, method, enabled, certificates, first_end, text)
    SELECT c.id, c.client_id, c.authentication_method, c.enabled, coalesce(l.number, 0),
        l.first_end, lower(c.client_id || chr(10) || c.name
            || coalesce(chr(10) || c.subject_value, '')
            || coalesce(chr(10) || l.subjects, ''))
    FROM client AS c LEFT JOIN LATERAL (
        SELECT count(*) AS number, min(k.not_after) AS first_end,
            string_agg(subject, chr(10) ORDER BY thumbprint) AS subjects
        FROM client_certificate AS k JOIN certificate USING (thumbprint)
        WHERE k.client = c.id
    ) AS l ON true WHERE c.id = which
    ON CONFLICT (client) DO UPDATE SET client_id = excluded.client_id,
        method = excluded.method, enabled = excluded.enabled,
        certificates = excluded.certificates, first_end = excluded.first_end,
        text = excluded.text
$$;
CREATE FUNCTION public.handfast_trust_set_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.name <> NEW.name THEN
        PERFORM handfast_log('trust_set', OLD.name);
    END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM handfast_log('trust_set', NEW.name); END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION public.handfast_unlinked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM certificate WHERE thumbprint = OLD.thumbprint
        AND NOT EXISTS (SELECT 1 FROM client_certificate WHERE thumbprint = OLD.thumbprint)
        AND NOT EXISTS (SELECT 1 FROM client_authority WHERE thumbprint = OLD.thumbprint);
    RETURN NULL;
END $$;
CREATE FUNCTION public.handfast_user_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND OLD.name <> NEW.name THEN
        PERFORM handfast_log('user', OLD.name);
    END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM handfast_log('user', NEW.name); END IF;
    RETURN NULL;
END $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.admin_token (
    name text NOT NULL COLLATE pg_catalog."C",
    role text NOT NULL,
    digest bytea NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT admin_token_digest_check CHECK ((length(digest) = 32)),
    CONSTRAINT admin_token_name_check CHECK ((name ~ '^[A-Za-z0-9._-]{1,64}$'::text)),
    CONSTRAINT admin_token_role_check CHECK ((role = ANY (ARRAY['read'::text, 'operate'::text, 'administer'::text])))
);
CREATE TABLE public.audit (
    sequence bigint NOT NULL,
    "time" bigint NOT NULL,
    author text NOT NULL,
    kind text NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    action text NOT NULL,
    before text,
    after text,
    mac bytea NOT NULL,
    CONSTRAINT audit_mac_check CHECK ((length(mac) = 32)),
    CONSTRAINT audit_sequence_check CHECK ((sequence > 0))
);
CREATE TABLE public.audit_head (
    one bigint NOT NULL,
    first bigint NOT NULL,
    sequence bigint NOT NULL,
    row_mac bytea NOT NULL,
    mac bytea NOT NULL,
    CONSTRAINT audit_head_mac_check CHECK ((length(mac) = 32)),
    CONSTRAINT audit_head_one_check CHECK ((one = 1)),
    CONSTRAINT audit_head_row_mac_check CHECK ((length(row_mac) = 32))
);
CREATE TABLE public.authorization_code (
    digest bytea NOT NULL,
    grant_id bytea NOT NULL,
    client_id text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    scopes text NOT NULL,
    audiences text NOT NULL,
    granted_at bigint NOT NULL,
    token_lifetime bigint NOT NULL,
    redirect_uri text NOT NULL,
    named_redirect_uri boolean NOT NULL,
    challenge bytea NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    kept_until bigint NOT NULL,
    CONSTRAINT authorization_code_challenge_check CHECK ((length(challenge) = 32)),
    CONSTRAINT authorization_code_client_id_check CHECK (((length(client_id) >= 1) AND (length(client_id) <= 255))),
    CONSTRAINT authorization_code_digest_check CHECK ((length(digest) = 32)),
    CONSTRAINT authorization_code_grant_id_check CHECK ((length(grant_id) = 16)),
    CONSTRAINT authorization_code_subject_check CHECK ((length(subject) > 0))
);
CREATE TABLE public.certificate (
    thumbprint bytea NOT NULL,
    der bytea NOT NULL,
    subject text NOT NULL COLLATE pg_catalog."C",
    not_before bigint NOT NULL,
    not_after bigint NOT NULL,
    CONSTRAINT certificate_der_check CHECK ((length(der) > 0)),
    CONSTRAINT certificate_thumbprint_check CHECK ((length(thumbprint) = 32))
);
CREATE TABLE public.certificate_sighting (
    client bigint NOT NULL,
    thumbprint bytea NOT NULL,
    first_seen bigint NOT NULL,
    last_seen bigint NOT NULL
);
CREATE TABLE public.change (
    entry bigint NOT NULL,
    sequence bigint,
    kind text NOT NULL,
    id text NOT NULL,
    author text,
    "time" bigint
);
ALTER TABLE public.change ALTER COLUMN entry ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.change_entry_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.change_position (
    one boolean DEFAULT true NOT NULL,
    value bigint NOT NULL,
    CONSTRAINT change_position_one_check CHECK (one)
);
CREATE TABLE public.change_transaction (
    id text NOT NULL
);
CREATE TABLE public.client (
    id bigint NOT NULL,
    client_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    secret_hash text,
    authentication_method text NOT NULL COLLATE pg_catalog."C",
    grant_types text NOT NULL,
    scopes text NOT NULL,
    redirect_uris text NOT NULL,
    subject_kind text,
    subject_value text COLLATE pg_catalog."C",
    bound_access_tokens boolean NOT NULL,
    audiences text NOT NULL,
    token_format text NOT NULL,
    token_lifetime bigint,
    reuse_window bigint NOT NULL,
    may_introspect boolean NOT NULL,
    enabled boolean NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    jwks text,
    shared_secret text,
    assertion_algorithm text,
    trust_set text COLLATE pg_catalog."C",
    jwks_uri text,
    fetched_jwks text,
    version bigint DEFAULT 1 NOT NULL,
    refresh_rotation boolean,
    refresh_lifetime bigint,
    refresh_idle bigint,
    require_par boolean DEFAULT false NOT NULL,
    token_signing_alg text DEFAULT 'ES256'::text NOT NULL,
    claims text,
    tokens_valid_from bigint DEFAULT 0 NOT NULL,
    labels text,
    CONSTRAINT client_check CHECK (((jwks_uri IS NULL) OR (jwks IS NULL))),
    CONSTRAINT client_check1 CHECK (((fetched_jwks IS NULL) OR (jwks_uri IS NOT NULL))),
    CONSTRAINT client_check2 CHECK (((subject_kind IS NULL) = (subject_value IS NULL))),
    CONSTRAINT client_client_id_check CHECK (((length(client_id) >= 1) AND (length(client_id) <= 255))),
    CONSTRAINT client_refresh_idle_check CHECK ((refresh_idle > 0)),
    CONSTRAINT client_refresh_lifetime_check CHECK ((refresh_lifetime > 0)),
    CONSTRAINT client_reuse_window_check CHECK ((reuse_window >= 0)),
    CONSTRAINT client_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['tls_client_auth_subject_dn'::text, 'tls_client_auth_san_dns'::text, 'tls_client_auth_san_uri'::text, 'tls_client_auth_san_ip'::text, 'tls_client_auth_san_email'::text]))),
    CONSTRAINT client_token_format_check CHECK ((token_format = ANY (ARRAY['jwt'::text, 'sealed'::text]))),
    CONSTRAINT client_token_lifetime_check CHECK ((token_lifetime > 0))
);
CREATE TABLE public.client_authority (
    client bigint NOT NULL,
    thumbprint bytea NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.client_certificate (
    client bigint NOT NULL,
    thumbprint bytea NOT NULL,
    not_before bigint NOT NULL,
    not_after bigint NOT NULL,
    created_at bigint NOT NULL
);
ALTER TABLE public.client ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.client_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.client_label (
    client bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C",
    client_id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.client_search (
    client bigint NOT NULL,
    client_id text NOT NULL COLLATE pg_catalog."C",
    method text NOT NULL COLLATE pg_catalog."C",
    enabled boolean NOT NULL,
    certificates bigint NOT NULL,
    first_end bigint,
    text text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.handfast_schema (
    one boolean DEFAULT true NOT NULL,
    version bigint NOT NULL,
    compatible_from bigint NOT NULL,
    CONSTRAINT handfast_schema_one_check CHECK (one)
);
CREATE TABLE public.pushed_request (
    digest bytea NOT NULL,
    client_id text NOT NULL COLLATE pg_catalog."C",
    parameters bytea NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT pushed_request_client_id_check CHECK (((length(client_id) >= 1) AND (length(client_id) <= 255))),
    CONSTRAINT pushed_request_digest_check CHECK ((length(digest) = 32))
);
CREATE TABLE public.refresh_family (
    grant_id bytea NOT NULL,
    client_id text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    scopes text NOT NULL,
    audiences text NOT NULL,
    granted_at bigint NOT NULL,
    token_lifetime bigint NOT NULL,
    thumbprint bytea,
    current_digest bytea NOT NULL,
    previous_digest bytea,
    rotated_at bigint NOT NULL,
    ends_at bigint NOT NULL,
    CONSTRAINT refresh_family_client_id_check CHECK (((length(client_id) >= 1) AND (length(client_id) <= 255))),
    CONSTRAINT refresh_family_current_digest_check CHECK ((length(current_digest) = 32)),
    CONSTRAINT refresh_family_grant_id_check CHECK ((length(grant_id) = 16)),
    CONSTRAINT refresh_family_previous_digest_check CHECK ((length(previous_digest) = 32)),
    CONSTRAINT refresh_family_subject_check CHECK ((length(subject) > 0)),
    CONSTRAINT refresh_family_thumbprint_check CHECK ((length(thumbprint) = 32))
);
CREATE TABLE public.revocation_position (
    one boolean DEFAULT true NOT NULL,
    value bigint NOT NULL,
    CONSTRAINT revocation_position_one_check CHECK (one)
);
CREATE TABLE public.revoked_token (
    id bytea NOT NULL,
    until bigint NOT NULL,
    sequence bigint,
    CONSTRAINT revoked_token_id_check CHECK ((length(id) = ANY (ARRAY[16, 32])))
);
CREATE TABLE public.server_key (
    key_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    material bytea NOT NULL,
    created_at bigint NOT NULL,
    active_from bigint NOT NULL,
    retired_at bigint,
    CONSTRAINT server_key_kind_check CHECK ((kind = ANY (ARRAY['ES256'::text, 'ES384'::text, 'EdDSA'::text, 'PS256'::text, 'RS256'::text, 'A256GCM'::text]))),
    CONSTRAINT server_key_material_check CHECK ((length(material) > 0))
);
CREATE TABLE public.trust_set (
    name text NOT NULL COLLATE pg_catalog."C",
    authorities text NOT NULL,
    sources text NOT NULL,
    revocation text NOT NULL,
    created bigint NOT NULL,
    server_auth_until bigint,
    labels text,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT trust_set_name_check CHECK ((name ~ '^[A-Za-z0-9._-]{1,64}$'::text)),
    CONSTRAINT trust_set_revocation_check CHECK ((revocation = ANY (ARRAY['off'::text, 'soft'::text, 'hard'::text]))),
    CONSTRAINT trust_set_server_auth_until_check CHECK (((server_auth_until IS NULL) OR ((server_auth_until > 0) AND ((server_auth_until % (86400)::bigint) = 0))))
);
CREATE TABLE public.trusted_certificate_use (
    client bigint NOT NULL,
    thumbprint bytea NOT NULL,
    authority bytea NOT NULL,
    not_after bigint NOT NULL,
    for_servers_only boolean NOT NULL,
    last_seen bigint NOT NULL,
    CONSTRAINT trusted_certificate_use_authority_check CHECK ((length(authority) = 32)),
    CONSTRAINT trusted_certificate_use_thumbprint_check CHECK ((length(thumbprint) = 32))
);
CREATE TABLE public.used_assertion (
    digest bytea NOT NULL,
    until bigint NOT NULL,
    steady_until bigint NOT NULL,
    CONSTRAINT used_assertion_digest_check CHECK ((length(digest) = 32))
);
CREATE TABLE public."user" (
    name text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    password_hash text NOT NULL,
    enabled boolean NOT NULL,
    created_at bigint NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    tokens_valid_from bigint DEFAULT 0 NOT NULL,
    labels text
);
CREATE TABLE public.wrapped_secret (
    name text NOT NULL COLLATE pg_catalog."C",
    material bytea NOT NULL
);
INSERT INTO public.audit VALUES (1, 1796188658, 'command:root', 'client', 'J6M1HzsgKMGTl8te0wFvqFE3SY2i', 'add', NULL, '{"access_token_format":"jwt","access_token_reuse_window":0,"access_token_signing_alg":"ES256","client_name":"before","client_secret":"set","created_at":1796188658,"enabled":true,"grant_types":["password","client_credentials"],"may_introspect":false,"redirect_uris":["https://before.example/cb"],"require_pushed_authorization_requests":false,"scope":"read","tls_client_certificate_bound_access_tokens":false,"token_endpoint_auth_method":"client_secret_basic","tokens_valid_from":1796188658}', '\x05ba4caa0ede7558a19861c4f4ee17a7873cd173f3b8c41d73e4a05f116586ea');
INSERT INTO public.audit_head VALUES (1, 1, 1, '\x05ba4caa0ede7558a19861c4f4ee17a7873cd173f3b8c41d73e4a05f116586ea', '\x53a77ef8589021d3e78d04bebcae4c12071ff1d257ef72d3328abc78ba51f03d');
INSERT INTO public.change OVERRIDING SYSTEM VALUE VALUES (1, 1, 'client', 'J6M1HzsgKMGTl8te0wFvqFE3SY2i', 'command:root', 1796188658);
INSERT INTO public.change_position VALUES (true, 1);
INSERT INTO public.client OVERRIDING SYSTEM VALUE VALUES (1, 'J6M1HzsgKMGTl8te0wFvqFE3SY2i', 'before', 'sha256:VJOSP3rJc0ndRMM1-929PixDlPbkBXM0jMhfsrMpHCo', 'client_secret_basic', 'password client_credentials', 'read', 'https://before.example/cb', NULL, NULL, false, '', 'jwt', NULL, 0, false, true, 1796188658, 1796188658, NULL, NULL, NULL, NULL, NULL, NULL, 1, NULL, NULL, NULL, false, 'ES256', NULL, 1796188658, NULL);
INSERT INTO public.client_search VALUES (1, 'J6M1HzsgKMGTl8te0wFvqFE3SY2i', 'client_secret_basic', true, 0, NULL, 'j6m1hzsgkmgtl8te0wfvqfe3sy2i
before');
INSERT INTO public.handfast_schema VALUES (true, 1, 1);
INSERT INTO public.revocation_position VALUES (true, 0);
INSERT INTO public.wrapped_secret VALUES ('audit', '\x2fe7ee59d218a2a39fa83393eb0abf6e72ed1e71dacd04ff30d874a5d38aaa917ed78c996bb1a13b97fab41b3ee46d91f38433287a34f6fe0627fd77d8ceafeae2734b6b');
INSERT INTO public.wrapped_secret VALUES ('tickets', '\x2fe7ee59d218a2a3ae544893daee0e00225dbd37018450c1113e96dbc158c677a277aa92232505a402322940695de8d91e56b14a24f21983b2ca91c4a5cfa23fe770ab5f');
SELECT pg_catalog.setval('public.change_entry_seq', 2, true);
SELECT pg_catalog.setval('public.client_id_seq', 2, true);
ALTER TABLE ONLY public.admin_token
    ADD CONSTRAINT admin_token_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.admin_token
    ADD CONSTRAINT admin_token_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (sequence);
ALTER TABLE ONLY public.authorization_code
    ADD CONSTRAINT authorization_code_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.certificate
    ADD CONSTRAINT certificate_pkey PRIMARY KEY (thumbprint);
ALTER TABLE ONLY public.certificate_sighting
    ADD CONSTRAINT certificate_sighting_pkey PRIMARY KEY (client, thumbprint);
ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_pkey PRIMARY KEY (entry);
ALTER TABLE ONLY public.change_position
    ADD CONSTRAINT change_position_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_sequence_key UNIQUE (sequence);
ALTER TABLE ONLY public.change_transaction
    ADD CONSTRAINT change_transaction_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.client_authority
    ADD CONSTRAINT client_authority_pkey PRIMARY KEY (client, thumbprint);
ALTER TABLE ONLY public.client_certificate
    ADD CONSTRAINT client_certificate_pkey PRIMARY KEY (client, thumbprint);
ALTER TABLE ONLY public.client
    ADD CONSTRAINT client_client_id_key UNIQUE (client_id);
ALTER TABLE ONLY public.client_label
    ADD CONSTRAINT client_label_pkey PRIMARY KEY (client, name);
ALTER TABLE ONLY public.client
    ADD CONSTRAINT client_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.client_search
    ADD CONSTRAINT client_search_client_id_key UNIQUE (client_id);
ALTER TABLE ONLY public.client_search
    ADD CONSTRAINT client_search_pkey PRIMARY KEY (client);
ALTER TABLE ONLY public.handfast_schema
    ADD CONSTRAINT handfast_schema_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.pushed_request
    ADD CONSTRAINT pushed_request_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.refresh_family
    ADD CONSTRAINT refresh_family_pkey PRIMARY KEY (grant_id);
ALTER TABLE ONLY public.revocation_position
    ADD CONSTRAINT revocation_position_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.revoked_token
    ADD CONSTRAINT revoked_token_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.server_key
    ADD CONSTRAINT server_key_pkey PRIMARY KEY (key_id);
ALTER TABLE ONLY public.trust_set
    ADD CONSTRAINT trust_set_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.trusted_certificate_use
    ADD CONSTRAINT trusted_certificate_use_pkey PRIMARY KEY (client);
ALTER TABLE ONLY public.used_assertion
    ADD CONSTRAINT used_assertion_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT user_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT user_subject_key UNIQUE (subject);
ALTER TABLE ONLY public.wrapped_secret
    ADD CONSTRAINT wrapped_secret_pkey PRIMARY KEY (name);
CREATE INDEX audit_kind ON public.audit USING btree (kind, sequence);
CREATE INDEX audit_thing ON public.audit USING btree (kind, id, sequence);
CREATE INDEX authorization_code_end ON public.authorization_code USING btree (kept_until);
CREATE INDEX certificate_end ON public.certificate USING btree (not_after);
CREATE INDEX change_unnumbered ON public.change USING btree (entry) WHERE (sequence IS NULL);
CREATE INDEX client_authority_thumbprint ON public.client_authority USING btree (thumbprint, client);
CREATE INDEX client_certificate_thumbprint ON public.client_certificate USING btree (thumbprint, client);
CREATE INDEX client_label_name ON public.client_label USING btree (name, client_id);
CREATE INDEX client_label_value ON public.client_label USING btree (name, value, client_id);
CREATE INDEX client_name ON public.client USING btree (name);
CREATE INDEX client_trust_set ON public.client USING btree (trust_set, client_id) WHERE (trust_set IS NOT NULL);
CREATE INDEX pushed_request_client ON public.pushed_request USING btree (client_id);
CREATE INDEX pushed_request_end ON public.pushed_request USING btree (expires_at);
CREATE INDEX refresh_family_end ON public.refresh_family USING btree (ends_at);
CREATE INDEX refresh_family_owner ON public.refresh_family USING btree (client_id, subject);
CREATE INDEX revoked_token_end ON public.revoked_token USING btree (until);
CREATE INDEX revoked_token_sequence ON public.revoked_token USING btree (sequence);
CREATE TRIGGER admin_token_logged AFTER INSERT OR DELETE OR UPDATE ON public.admin_token FOR EACH ROW EXECUTE FUNCTION public.handfast_admin_token_changed();
CREATE CONSTRAINT TRIGGER change_numbered AFTER INSERT ON public.change_transaction DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.handfast_number_changes();
CREATE TRIGGER client_authority_logged AFTER INSERT OR DELETE ON public.client_authority FOR EACH ROW EXECUTE FUNCTION public.handfast_link_changed();
CREATE TRIGGER client_authority_unlinked AFTER DELETE ON public.client_authority FOR EACH ROW EXECUTE FUNCTION public.handfast_unlinked();
CREATE TRIGGER client_certificate_logged AFTER INSERT OR DELETE ON public.client_certificate FOR EACH ROW EXECUTE FUNCTION public.handfast_link_changed();
CREATE TRIGGER client_certificate_search AFTER INSERT OR DELETE OR UPDATE ON public.client_certificate FOR EACH ROW EXECUTE FUNCTION public.handfast_link_search();
CREATE TRIGGER client_certificate_unlinked AFTER DELETE ON public.client_certificate FOR EACH ROW EXECUTE FUNCTION public.handfast_unlinked();
CREATE TRIGGER client_logged AFTER INSERT OR DELETE OR UPDATE ON public.client FOR EACH ROW EXECUTE FUNCTION public.handfast_client_changed();
CREATE TRIGGER client_search AFTER INSERT OR UPDATE ON public.client FOR EACH ROW EXECUTE FUNCTION public.handfast_client_search();
CREATE TRIGGER key_logged AFTER INSERT OR DELETE OR UPDATE ON public.server_key FOR EACH ROW EXECUTE FUNCTION public.handfast_key_changed();
CREATE CONSTRAINT TRIGGER revoked_token_numbered AFTER INSERT OR UPDATE OF until ON public.revoked_token DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.handfast_number_revocation();
CREATE TRIGGER trust_set_logged AFTER INSERT OR DELETE OR UPDATE ON public.trust_set FOR EACH ROW EXECUTE FUNCTION public.handfast_trust_set_changed();
CREATE TRIGGER user_logged AFTER INSERT OR DELETE OR UPDATE ON public."user" FOR EACH ROW EXECUTE FUNCTION public.handfast_user_changed();
ALTER TABLE ONLY public.certificate_sighting
    ADD CONSTRAINT certificate_sighting_client_thumbprint_fkey FOREIGN KEY (client, thumbprint) REFERENCES public.client_certificate(client, thumbprint) ON DELETE CASCADE;
ALTER TABLE ONLY public.client_authority
    ADD CONSTRAINT client_authority_client_fkey FOREIGN KEY (client) REFERENCES public.client(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.client_authority
    ADD CONSTRAINT client_authority_thumbprint_fkey FOREIGN KEY (thumbprint) REFERENCES public.certificate(thumbprint);
ALTER TABLE ONLY public.client_certificate
    ADD CONSTRAINT client_certificate_client_fkey FOREIGN KEY (client) REFERENCES public.client(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.client_certificate
    ADD CONSTRAINT client_certificate_thumbprint_fkey FOREIGN KEY (thumbprint) REFERENCES public.certificate(thumbprint);
ALTER TABLE ONLY public.client_label
    ADD CONSTRAINT client_label_client_fkey FOREIGN KEY (client) REFERENCES public.client(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.client_search
    ADD CONSTRAINT client_search_client_fkey FOREIGN KEY (client) REFERENCES public.client(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.client
    ADD CONSTRAINT client_trust_set_fkey FOREIGN KEY (trust_set) REFERENCES public.trust_set(name);
ALTER TABLE ONLY public.trusted_certificate_use
    ADD CONSTRAINT trusted_certificate_use_client_fkey FOREIGN KEY (client) REFERENCES public.client(id) ON DELETE CASCADE;
