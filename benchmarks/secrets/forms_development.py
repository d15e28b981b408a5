"""The development half: the forms that the rules were tuned on."""

from __future__ import annotations

from collections.abc import Iterable

from corpus import Maker, Sample


def odoo_conf(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/config/odoo.conf")
        .text("[options]\ndb_host = postgres\ndb_port = 5432\ndb_user = odoo")
        .secret("odoo.conf", f"db_password = {m.word()}")
        .secret("odoo.conf", f"admin_passwd = {m.generated()}")
        .secret("odoo.conf", f"smtp_password={m.human()}")
        .text("list_db = False\nworkers = 4")
    )


def env_file(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/.env")
        .text("POSTGRES_USER=odoo")
        .secret("env", f"POSTGRES_PASSWORD={m.human()}")
        .secret("env", f"PGPASSWORD={m.word()}{m.digits(2)}")
        .secret("env", f'ADMIN_PASSWD="{m.generated()}"')
        .secret("env", f"export SMTP_PASSWORD='{m.human()}'")
        .secret("env", f"JWT_SECRET_KEY={m.hexa(64)}")
        .secret("env", f"DJANGO_SECRET_KEY={m.alnum(50)}")
        .secret("env", f"AWS_SECRET_ACCESS_KEY={m.base64(30)}")
        .text("LOG_LEVEL=info")
    )


def urls(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/config/urls.env")
        .secret("url", f"DATABASE_URL=postgres://odoo:{m.generated()}@db.internal:5432/mta")
        .secret("url", f"BROKER=amqp://worker:{m.human().replace('#', 'x')}@mq.internal//")
        .secret("url", f"CACHE=redis://default:{m.alnum(20)}@cache.internal:6379")
        .secret("url", f"MAIL=smtp://noreply:{m.generated()}@mail.internal:587")
        .secret("url", f"DOCS=mongodb+srv://app:{m.alnum(16)}@cluster0.ab1cd.mongodb.net/docs")
        .secret("url", f"SHOP=mysql://shop:{m.word()}{m.digits(3)}@10.0.0.4/shop")
        .secret("url", f"WIKI=https://bot:{m.generated()}@wiki.internal/api")
    )


def pgpass_netrc(m: Maker, d: str) -> Iterable[Sample]:
    yield Sample(f"{d}/root/.pgpass").secret(
        "pgpass", f"localhost:5432:mta-prod:odoo:{m.generated()}"
    )
    yield Sample(f"{d}/root/.netrc").secret(
        "netrc", f"machine github.com login bot password {m.generated()}"
    )
    yield Sample(f"{d}/root/.git-credentials").secret(
        "git credentials", f"https://deploy:{m.alnum(30)}@gitlab.com"
    )
    yield Sample(f"{d}/proxy/.htpasswd").secret(
        "htpasswd", f"admin:$apr1${m.alnum(8)}${m.alnum(22)}"
    )
    yield Sample(f"{d}/proxy/users.htpasswd").secret("htpasswd", f"jan:{{SHA}}{m.base64(20)}")
    yield (
        Sample(f"{d}/image/etc/shadow")
        .text("root:*:19000:0:99999:7:::")
        .secret("shadow", f"odoo:$6${m.alnum(16)}${m.alnum(86)}:19500:0:99999:7:::")
    )


def private_keys(m: Maker, d: str) -> Iterable[Sample]:
    for name, kind in (
        ("id_rsa", "RSA PRIVATE KEY"),
        ("id_ed25519", "OPENSSH PRIVATE KEY"),
        ("dsa", "DSA PRIVATE KEY"),
        ("pkcs8", "PRIVATE KEY"),
    ):
        yield Sample(f"{d}/keys/{name}").secret("private key", m.pem(kind))
    yield Sample(f"{d}/keys/release.asc").secret("pgp key", m.pem("PGP PRIVATE KEY BLOCK"))
    yield Sample(f"{d}/keys/legacy.pem").secret(
        "private key",
        m.pem("RSA PRIVATE KEY").replace(
            "KEY-----\nMIIE",
            f"KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{m.hexa(32).upper()}\n\nMIIE",
        ),
    )
    rows = "\n".join(m.base64(48) for _ in range(6))
    yield Sample(f"{d}/keys/deploy.ppk").secret(
        "putty key",
        f"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: deploy\nPublic-Lines: 2\n"
        f"{rows[:129]}\nPrivate-Lines: 1\n{m.base64(36)}",
    )
    one_line = m.pem("PRIVATE KEY", 18).replace("\n", "\\n")
    yield (
        Sample(f"{d}/keys/gcp.json")
        .text('{\n  "type": "service_account",\n  "project_id": "mta",')
        .secret("gcp", f'  "private_key": "{one_line}\\n",')
        .text('  "client_id": "1234"\n}')
    )
    inline = m.pem("RSA PRIVATE KEY").replace("\n", "\n    ")
    yield Sample(f"{d}/addons/a/data/key.xml").text("<odoo>").secret(
        "private key", f'    <field name="private_key">{inline}</field>'
    )


def code_tokens(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/addons/mta_connect/models/client.py")
        .text("from odoo import models")
        .secret("github", f'GITHUB = "ghp_{m.alnum(36)}"')
        .secret("github", f'APP = "ghs_{m.alnum(36)}"')
        .secret("gitlab", f"GITLAB = 'glpat-{m.urlsafe(20)}'")
        .secret("slack", f'SLACK = "xoxb-{m.digits(12)}-{m.digits(12)}-{m.alnum(24)}"')
        .secret("stripe", f'STRIPE = "sk_live_{m.alnum(24)}"')
        .secret("sendgrid", f'MAIL = "SG.{m.urlsafe(22)}.{m.urlsafe(43)}"')
        .secret("google", f'MAPS = "AIza{m.urlsafe(35)}"')
        .secret("aws", f'S3 = "AKIA{m.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)}"')
        .secret("openai", f'AI = "sk-{m.alnum(20)}T3BlbkFJ{m.alnum(20)}"')
        .secret("anthropic", f'AI2 = "sk-ant-api03-{m.urlsafe(93)}AA"')
        .secret("twilio", f'SMS_KEY = "SK{m.hexa(32)}"')
        .secret("docker hub", f'HUB = "dckr_pat_{m.urlsafe(27)}"')
        .secret("mailchimp", f'NEWS = "{m.hexa(32)}-us12"')
        .secret("jwt", f'JWT = "{m.jwt()}"')
        .secret("python", f'password = "{m.human()}"')
        .secret("python", f"self.api_secret = '{m.alnum(32)}'")
        .secret("python", f'params = {{"token": "{m.hexa(32)}", "db": "mta"}}')
        .secret("python", f'HEADERS = {{"Authorization": "Bearer {m.urlsafe(44)}"}}')
        .secret(
            "python", f'BASIC = {{"Authorization": "Basic {m.encoded("sync:" + m.generated())}"}}'
        )
        .secret("python", f"requests.get(url, auth=('sync', '{m.human()}'))")
        .secret("python", f'env["ir.config_parameter"].set_param("mta.api_key", "{m.alnum(32)}")')
    )


def odoo_data(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/addons/mta_base/data/data.xml")
        .text('<odoo>\n  <record id="out" model="ir.mail_server">')
        .secret("odoo xml", f'    <field name="smtp_pass">{m.human()}</field>')
        .text(
            '  </record>\n  <record id="u" model="res.users">\n    <field name="login">jan</field>'
        )
        .secret("odoo xml", f'    <field name="password">{m.human()}</field>')
        .text('  </record>\n  <record id="p" model="ir.config_parameter">')
        .text('    <field name="key">database.secret</field>')
        .secret("odoo xml", f'    <field name="value">{m.uuid()}</field>')
        .text('  </record>\n  <record id="e" model="ir.config_parameter">')
        .text('    <field name="key">database.enterprise_code</field>')
        .secret("odoo xml", f'    <field name="value">M{m.digits(13)}</field>')
        .text('  </record>\n  <record id="pp" model="payment.provider">')
        .secret("odoo xml", f'    <field name="stripe_secret_key">sk_live_{m.alnum(24)}</field>')
        .secret("odoo xml", f'    <field name="adyen_api_key" eval="\'{m.alnum(40)}\'"/>')
        .text("  </record>\n</odoo>")
    )
    yield (
        Sample(f"{d}/addons/mta_base/data/ir.mail_server.csv")
        .text('"id","name","smtp_host","smtp_user","smtp_pass"')
        .secret("odoo csv", f'"server","Out","mail.mta.be","noreply","{m.generated()}"')
    )


def yaml_files(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/compose.yaml")
        .text("services:\n  postgres:\n    environment:\n      POSTGRES_USER: odoo")
        .secret("compose", f"      POSTGRES_PASSWORD: {m.human()}")
        .secret("compose", f"      - ADMIN_PASSWORD={m.generated()}")
        .secret("compose", f'    command: ["odoo", "--db_password={m.generated()}"]')
    )
    yield (
        Sample(f"{d}/k8s/odoo.yml")
        .text("apiVersion: v1\nkind: Secret\nmetadata:\n  name: odoo-db\ntype: Opaque\ndata:")
        .secret("kubernetes", f"  password: {m.encoded(m.generated())}")
        .secret("kubernetes", f"  license.key: {m.encoded(m.alnum(30))}")
    )
    yield (
        Sample(f"{d}/config/app.toml")
        .text("[smtp]\nhost = 'mail'")
        .secret("toml", f'password = "{m.human()}"')
        .secret("toml", f'api_token = "{m.alnum(40)}"')
    )
    yield (
        Sample(f"{d}/config/app.json")
        .text('{"smtp": {')
        .secret("json", f'  "password": "{m.human()}",')
        .secret("json", f'  "clientSecret": "{m.alnum(40)}"')
        .text("}}")
    )
    yield (
        Sample(f"{d}/docker/config.json")
        .text('{"auths": {"ghcr.io": {')
        .secret("docker config", f'    "auth": "{m.encoded("bot:" + m.alnum(36))}"')
        .text("}}}")
    )
    yield (
        Sample(f"{d}/Dockerfile")
        .text("FROM odoo:19.0")
        .secret("dockerfile", f"ENV DB_PASSWORD={m.generated()}")
        .secret("dockerfile", f"ARG NPM_TOKEN=npm_{m.alnum(36)}")
        .secret("dockerfile", f"RUN pip install -i https://ci:{m.generated()}@pypi.mta.be/simple x")
    )


def scripts(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/scripts/deploy.sh")
        .text("#!/bin/bash")
        .secret("shell", f"export PGPASSWORD={m.generated()}")
        .secret("shell", f'DB_PASSWORD="{m.human()}"')
        .secret("shell", f"curl -u admin:{m.generated()} https://nexus.mta.be/")
        .secret("shell", f"curl -H 'Authorization: Bearer {m.urlsafe(40)}' https://api.mta.be")
        .secret("shell", f"odoo-bin --db_password {m.generated()} -d mta")
        .secret("shell", f"git clone https://x-access-token:ghp_{m.alnum(36)}@github.com/r/e.git")
        .secret("shell", f"docker login --username resultrum --password {m.generated()}")
        .secret("shell", f"sshpass -p {m.generated()} scp dump.gz backup@10.0.0.9:")
        .secret(
            "slack",
            f"WEBHOOK=https://hooks.slack.com/services/T{m.upper(9)}/B{m.upper(9)}/{m.alnum(24)}",
        )
    )
    yield (
        Sample(f"{d}/scripts/create.txt")
        .secret("sql", f"ALTER USER odoo WITH PASSWORD '{m.human()}';")
        .secret("sql", f"CREATE USER shop IDENTIFIED BY '{m.generated()}';")
        .secret("pbkdf2", f"admin $pbkdf2-sha512$25000${m.alnum(22)}${m.alnum(86)}")
    )
    yield (
        Sample(f"{d}/.pypirc")
        .text("[testpypi]")
        .secret("pypi", f"password = pypi-AgENdGVzdC5weXBpLm9yZw{m.urlsafe(100)}")
    )
    key = m.base64(64)
    yield (
        Sample(f"{d}/config/azure.ini")
        .secret(
            "azure", f"connection = DefaultEndpointsProtocol=https;AccountName=m;AccountKey={key}"
        )
        .secret(
            "azure", f"sas = https://m.blob.core.windows.net/b?sv=2022-11-02&sig={m.alnum(43)}%3D"
        )
        .secret("basic", f"tls_key_b64 = {m.encoded(m.pem('RSA PRIVATE KEY', 6))}")
    )


# --- negatives ------------------------------------------------------------------------------


def neg_placeholders(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/.env.example")
        .negative("placeholder", "POSTGRES_PASSWORD=change_me")
        .negative("placeholder", "ADMIN_PASSWD=changeme123")
        .negative("placeholder", "SMTP_PASSWORD=xxx")
        .negative("placeholder", "GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
        .negative("placeholder", "API_KEY=<api-key>")
        .negative("placeholder", "SECRET_KEY=your-secret-key-here")
        .negative("placeholder", "JWT_SECRET=example")
        .negative("placeholder", "DB_PASSWORD=dummy")
        .negative("placeholder", "DB_PASSWORD=TODO")
        .negative("placeholder", "TOKEN=...")
        .negative("placeholder", "DATABASE_URL=postgres://odoo:odoo@db:5432/odoo")
        .negative("placeholder", "DATABASE_URL=postgres://USER:PASSWORD@HOST:5432/NAME")
        .negative("placeholder", "WEB=https://user:pass@example.com")
        .negative("variable", "PGPASSWORD=${PGPASSWORD}")
        .negative("variable", "PGPASSWORD=$DB_PASSWORD")
        .negative("variable", "PGPASSWORD=$(cat /run/secrets/pg)")
        .negative("variable", "DATABASE_URL=postgres://$USER:$PASSWORD@db/mta")
        .negative("variable", "DATABASE_URL=postgres://${USER}:${PASSWORD}@db/mta")
        .negative("empty", "DOCKER_HUB_TOKEN=")
        .negative("empty", 'DOCKER_HUB_TOKEN=""')
    )
    yield (
        Sample(f"{d}/templates/odoo.conf.j2")
        .negative("template", "db_password = {{ db_password }}")
        .negative("template", "admin_passwd = {{ lookup('env', 'ADMIN') }}")
        .negative("template", "smtp_password = %(smtp_password)s")
        .negative("template", "db_password = @DB_PASSWORD@")
        .negative("template", "db_password = __DB_PASSWORD__")
    )
    yield (
        Sample(f"{d}/defaults/odoo.conf")
        .negative("default", "admin_passwd = admin")
        .negative("default", ";admin_passwd = changeme")
        .negative("default", "db_password = False")
        .negative("default", "smtp_password = None")
        .negative("setting", "limit_memory_hard = 2684354560")
        .negative("setting", "server_wide_modules = base,web,auth_api_key")
    )


def neg_code(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/addons/mta_base/models/res_users.py")
        .negative("field", "    smtp_pass = fields.Char()")
        .negative("field", "    secret = fields.Char(string='Client Secret', required=True)")
        .negative("field", '    access_token = fields.Char("Security Token", copy=False)')
        .negative("lookup", '        password = os.getenv("ODOO_PASSWORD", "")')
        .negative("lookup", "        password = tools.config['db_password']")
        .negative("lookup", "        api_key = self.env.company.sudo().mta_api_key")
        .negative("lookup", "        token = secrets.token_urlsafe(32)")
        .negative("name", '_token_field = "access_token"')
        .negative("name", "SECRET_PARAM = 'mta_base.webhook_secret'")
        .negative("name", '    "password": "new_password",')
        .negative("name", '    token_type = "Bearer"')
        .negative("name", '    password = "password"')
        .negative("help", '        help="The API key: ask the vendor for it.",')
        .negative("help", '    api_key_help = "Get it at https://vendor.example/api-keys"')
        .negative("checksum", f'    sha256 = "{m.hexa(64)}"')
        .negative("checksum", f'    _hash = "{m.hexa(40)}"')
        .negative("checksum", f'    md5sum: "{m.hexa(32)}"')
        .negative("commit", f'    revision = "{m.hexa(40)}"')
        .negative("uuid", f'    external_uuid = "{m.uuid()}"')
        .negative(
            "format", '    dsn = "postgresql://{user}:{password}@{host}/{db}".format(**values)'
        )
        .negative("format", "    url = 'https://%(login)s:%(password)s@%(host)s' % values")
        .negative("format", '    header = f"Bearer {token}"')
        .negative("format", '    header = "Bearer %s" % token')
        .negative("code", "    if not password or password == '********':")
        .negative("code", "    password_changed = password != old_password")
        .negative("code", "def _check_credentials(self, password='', env=None):")
        .negative("code", "    values.pop('password', None)")
        .negative("code", "    token = request.httprequest.headers.get('X-Token')")
        .negative("code", '    keys = ["api_key", "api_secret", "password"]')
        .negative("code", "    raise AccessDenied('Invalid token: %s' % name)")
        .negative("docstring", "    :param password: the password of the user")
        .negative("docstring", "    token: str = 'the token that was mailed'")
        .negative("pem", '    START = "-----BEGIN PRIVATE KEY-----"')
        .negative("pem", "    if '-----BEGIN RSA PRIVATE KEY-----' not in value:")
        .negative(
            "pem", "    PUBLIC = '-----BEGIN PUBLIC KEY-----\\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A'"
        )
        .negative(
            "alphabet",
            "    CHARS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'",
        )
        .negative("pragma", f'    password = "{m.human()}"  # pragma: allowlist secret')
    )
    yield (
        Sample(f"{d}/addons/mta_base/static/src/js/form.js")
        .negative("code", "    password: {type: String, optional: true},")
        .negative("code", "    this.token = params.token;")
        .negative("code", '    label: _t("Password"),')
        .negative("code", '    this.apiKey = document.getElementById("api-key").value;')
        .negative("code", "    rpc('/web/session/authenticate', {login, password});")
        .negative(
            "minified",
            '!function(e,t){var n={password:e.password,token:t.token,key:"a1b2c3"};' * 12,
        )
        .negative("image", f"    background: url(data:image/png;base64,{m.base64(300)});")
    )


def neg_tests(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/addons/mta_base/tests/test_api.py")
        .negative("fixture", '        self.authenticate("demo", "demo")')
        .negative(
            "fixture", '        cls.user = new_test_user(cls.env, login="jan", password="jan")'
        )
        .negative("fixture", '            "password": "admin",')
        .negative("fixture", '            "smtp_pass": "secret",')
        .negative("fixture", '            "password": "test12345",')
        .negative("fixture", '        api_key = "1234567890"')
        .negative("fixture", '        token = "abcdefgh"')
        .negative("fixture", "        secret_key = 'super_secret'")
        .negative("fixture", '        client_secret="test_client_secret"')
        .negative("fixture", '        key = "dummy-key-for-tests"')
        .negative("fixture", '        url = "ftp://user:secret@localhost/in"')
        .negative("fixture", '        access_token = "valid_token"')
        .negative("fixture", '        headers = {"Authorization": "Bearer test-token"}')
        .negative("fixture", "        password = 'Test@1234'")
        .negative("fixture", '        self.assertEqual(user.api_key, "new_key_value")')
    )
    yield (
        Sample(f"{d}/addons/mta_base/demo/demo.xml")
        .negative("demo", '    <field name="password">demo</field>')
        .negative("demo", '    <field name="smtp_pass">dummy</field>')
        .negative("demo", '    <field name="password">portal</field>')
    )


def neg_files(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/addons/mta_base/i18n/fr.po")
        .negative("translation", 'msgid "New Password"')
        .negative("translation", 'msgstr "Mot de passe : au moins 12 caractères"')
        .negative("translation", 'msgid "password=\\"%s\\""')
        .negative("translation", 'msgstr "Clé secrète=Abcd1234"')
    )
    yield (
        Sample(f"{d}/poetry.lock")
        .negative("hash", f'    {{file = "x.whl", hash = "sha256:{m.hexa(64)}"}},')
        .negative("hash", f'content-hash = "{m.hexa(64)}"')
    )
    yield (
        Sample(f"{d}/yarn.lock")
        .negative("integrity", f"  integrity sha512-{m.base64(64)}")
        .negative(
            "integrity", f'  resolved "https://registry.yarnpkg.com/a/-/a-1.tgz#{m.hexa(40)}"'
        )
    )
    yield (
        Sample(f"{d}/.pre-commit-config.yaml")
        .negative("commit", f"    rev: {m.hexa(40)}")
        .negative("name", "      - id: detect-private-key")
    )
    yield (
        Sample(f"{d}/.gitlab-ci.yml")
        .negative("variable", "    DOCKER_AUTH_CONFIG: $CI_DOCKER_AUTH")
        .negative("variable", '    - docker login -u "$CI_USER" -p "$CI_PASSWORD" $CI_REGISTRY')
        .negative("variable", '    - curl -H "Authorization: Bearer $TOKEN" https://api.mta.be')
        .negative("variable", "    - curl -u ${USER}:${PASS} https://nexus.mta.be")
        .negative("setting", "    POSTGRES_HOST_AUTH_METHOD: trust")
    )
    yield (
        Sample(f"{d}/k8s/deployment.yml")
        .negative("reference", "              name: odoo-db-password")
        .negative("reference", "              key: password")
        .negative("reference", "          secretName: odoo-tls-secret")
        .negative("reference", "        - secretRef: odoo-secret-env")
    )
    yield (
        Sample(f"{d}/addons/mta_base/views/settings.xml")
        .negative("view", '    <field name="mta_api_key" password="True" required="1"/>')
        .negative("view", '    <field name="key">mta_base.secret_key_enabled</field>')
        .negative("view", '    <field name="name">Reset Password</field>')
        .negative(
            "view",
            '    <button name="action_reset_password" type="object" string="Reset password"/>',
        )
        .negative("view", '    <t t-set="token" t-value="object.access_token"/>')
        .negative(
            "view", '    <a t-attf-href="/my/order?access_token={{ order.access_token }}">open</a>'
        )
        .negative("view", '    <field name="password" eval="False"/>')
        .negative("view", '    <xpath expr="//field[@name=\'password\']" position="after">')
    )
    yield (
        Sample(f"{d}/docs/setup.rst")
        .negative("prose", "The password: choose a long one, at least 12 characters.")
        .negative("prose", "  DOCKER_HUB_TOKEN = <token from Docker Hub>")
        .negative("prose", "  UAT_VM_SSH_KEY = <SSH private key>")
        .negative("prose", "  SLACK_WEBHOOK_URL = <Slack webhook URL>")
        .negative("prose", "  act -s DOCKER_HUB_TOKEN=your_token push --job build")
        .negative("prose", "Secret key: see the vendor's page.")
        .negative("prose", "  https://login:password@odoo.example.com/xmlrpc/2")
        .negative("prose", "  psql postgres://odoo:***@db/mta")
        .negative("prose", "  ssh -i ~/.ssh/odoo_sh git@git.odoo.sh")
    )
    yield (
        Sample(f"{d}/addons/mta_base/static/description/icon.svg").negative(
            "image", f'<image xlink:href="data:image/png;base64,{m.base64(400)}"/>'
        )
    )
    yield (
        Sample(f"{d}/addons/mta_base/security/ir.model.access.csv").negative(
            "csv", "access_token_user,mta.token.user,model_mta_token,base.group_user,1,0,0,0"
        )
    )


FORMS = (
    odoo_conf, env_file, urls, pgpass_netrc, private_keys, code_tokens, odoo_data, yaml_files,
    scripts, neg_placeholders, neg_code, neg_tests, neg_files,
)  # fmt: skip
