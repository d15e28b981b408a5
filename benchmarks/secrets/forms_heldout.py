"""The held-out half: written before the rules, not looked at while they were tuned."""

from __future__ import annotations

from collections.abc import Iterable

from corpus import Maker, Sample


def odoo_rc(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/deploy/.odoorc")
        .text("[options]\naddons_path = /opt/odoo/addons,/mnt/extra-addons\ndb_host = db")
        .secret("odoo.conf", f"db_password={m.word()}{m.digits(2)}")
        .secret("odoo.conf", f"admin_passwd = $pbkdf2-sha512$600000${m.alnum(22)}${m.alnum(86)}")
        .secret("odoo.conf", f"smtp_password = {m.human()}")
        .text("proxy_mode = True")
    )


def compose(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/docker-compose.prod.yml")
        .text("services:\n  db:\n    image: postgres:17\n    environment:")
        .secret("compose", f'      POSTGRES_PASSWORD: "{m.human()}"')
        .text("  web:\n    environment:\n      - USER=odoo")
        .secret("compose", f"      - PASSWORD={m.generated()}")
        .secret("compose", f"      - REDIS_URL=redis://:{m.generated()}@cache:6379/0")
    )


def terraform(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/infra/main.tf")
        .text('resource "hcloud_server" "uat" {\n  name = "uat"')
        .secret("terraform", f'  root_password = "{m.human()}"')
        .text('}\nvariable "token" {')
        .secret("terraform", f'  default = "dop_v1_{m.hexa(64)}"')
        .text("}")
    )


def ansible(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/ansible/group_vars/prod.yml")
        .text("odoo_version: 19.0")
        .secret("ansible", f"odoo_db_password: {m.human()}")
        .secret("ansible", f"ansible_become_pass: '{m.generated()}'")
        .secret("ansible", f"vault_restic_password: {m.generated()}")
    )


def kubernetes(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/k8s/secret.yaml")
        .text("apiVersion: v1\nkind: Secret\nmetadata:\n  name: odoo\ntype: Opaque\nstringData:")
        .secret("kubernetes", f"  PGPASSWORD: {m.human()}")
        .text("---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: smtp\ndata:")
        .secret("kubernetes", f"  smtp-password: {m.encoded(m.human())}")
    )


def shell(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/bin/restore.sh")
        .text("#!/bin/sh\nset -eu")
        .secret("shell", f"PGPASSWORD='{m.human()}' psql -h db -U odoo mta")
        .secret("shell", f"curl -u deploy:{m.generated()} https://files.mta.be/dump.gz -o dump.gz")
        .secret("shell", f"sshpass -p '{m.human()}' ssh root@10.1.2.3 systemctl restart odoo")
        .secret("shell", f"docker login -u resultrum -p {m.generated()}")
        .secret("shell", f"mysql -uroot -p{m.generated()} shop < dump.sql")
        .secret("shell", f"export SENTRY_AUTH_TOKEN=sntrys_{m.alnum(60)}")
    )


def python_code(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/addons/mta_sync/models/connector.py")
        .text("import requests\nfrom odoo import models")
        .secret("python", f'API_KEY = "{m.hexa(40)}"')
        .text("class Connector(models.Model):\n    _name = 'mta.connector'\n    def _login(self):")
        .secret("python", f"        auth = ('sync', password := '{m.human()}')")
        .secret("python", f'        headers = {{"X-Api-Key": "{m.alnum(32)}"}}')
        .secret("python", f'        requests.post(url, data={{"password": "{m.human()}"}})')
        .secret("python", f"        self.client_secret = '{m.urlsafe(38)}'")
        .secret("python", f'        xmlrpc.authenticate(db, "admin", password="{m.generated()}")')
    )


def settings_py(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/portal/settings.py")
        .secret("framework", f'SECRET_KEY = "django-insecure-{m.alnum(40)}#(x)"')
        .secret("framework", f"app.config['SECRET_KEY'] = '{m.hexa(48)}'")
        .secret("framework", f'JWT_SECRET = "{m.urlsafe(32)}"')
        .text('DATABASES = {"default": {"USER": "odoo",')
        .secret("framework", f'    "PASSWORD": "{m.human()}",')
        .text("}}")
    )


def javascript(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/portal/src/config.js")
        .secret("javascript", f"const stripe = new Stripe('sk_live_{m.alnum(24)}');")
        .secret("javascript", f'export const mapsKey = "AIza{m.urlsafe(35)}";')
        .secret("javascript", f"  clientSecret: '{m.alnum(36)}',")
    )


def odoo_xml(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/addons/mta_base/data/mail_server.xml")
        .text('<odoo noupdate="1">\n  <record id="smtp" model="ir.mail_server">')
        .text('    <field name="smtp_user">noreply@mta.be</field>')
        .secret("odoo xml", f'    <field name="smtp_pass">{m.human()}</field>')
        .text('  </record>\n  <record id="fetch" model="fetchmail.server">')
        .secret("odoo xml", f'    <field name="password">{m.generated()}</field>')
        .text('  </record>\n  <record id="p" model="ir.config_parameter">')
        .text('    <field name="key">mta.gateway.secret_key</field>')
        .secret("odoo xml", f'    <field name="value">{m.alnum(40)}</field>')
        .text('  </record>\n  <function model="ir.config_parameter" name="set_param">')
        .secret("odoo xml", f"    <value>{m.word()}.api_key</value><value>{m.alnum(32)}</value>")
        .text("  </function>\n</odoo>")
    )


def odoo_csv(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/addons/mta_base/data/res.users.csv")
        .text("id,name,login,password")
        .secret("odoo csv", f"user_an,An Peeters,an@mta.be,{m.human()}")
    )
    yield (
        Sample(f"{d}/addons/mta_base/data/ir.config_parameter.csv")
        .text("id,key,value\nparam_url,web.base.url,https://odoo.mta.be")
        .secret("odoo csv", f"param_ent,database.enterprise_code,M{m.digits(13)}")
    )


def tokens(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/notes/handover.md")
        .text("# Hand-over")
        .secret("github", f"The bot uses github_pat_{m.alnum(22)}_{m.alnum(59)} for releases.")
        .secret(
            "gitlab", f"- mirror: https://oauth2:glpat-{m.urlsafe(20)}@gitlab.com/mta/addons.git"
        )
        .secret(
            "slack",
            f"- to: https://hooks.slack.com/services/T{m.upper(8)}/B{m.upper(10)}/{m.alnum(24)}",
        )
        .secret("docker hub", f"- images: `dckr_pat_{m.urlsafe(27)}`")
        .secret("aws", f"- backups: AKIA{m.chars('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}")
        .secret("anthropic", f"- summaries: sk-ant-api03-{m.urlsafe(93)}AA")
        .secret("openai", f"- translations: sk-proj-{m.alnum(74)}T3BlbkFJ{m.alnum(74)}")
        .secret("hugging face", f"- models: hf_{m.chars('abcdefghijklmnopqrstuvwxyzABCDEF', 34)}")
        .secret("telegram", f"- pager: {m.digits(10)}:AA{m.urlsafe(33)}")
        .secret("shopify", f"- shop: shpat_{m.hexa(32)}")
        .secret("password in text", f"Password for the UAT database: {m.generated()}")
    )


def ci_files(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/.github/workflows/deploy.yml")
        .text("jobs:\n  deploy:\n    env:")
        .secret("ci", f"      DOCKER_HUB_TOKEN: {m.uuid()}")
        .secret("ci", f"      ODOO_ADMIN_PASSWORD: {m.human()}")
    )
    yield Sample(f"{d}/.npmrc").secret("npm", f"//registry.npmjs.org/:_authToken=npm_{m.alnum(36)}")
    yield (
        Sample(f"{d}/.pypirc")
        .text("[pypi]\nusername = __token__")
        .secret("pypi", f"password = pypi-AgEIcHlwaS5vcmc{m.urlsafe(120)}")
    )
    yield (
        Sample(f"{d}/pip.conf")
        .text("[global]")
        .secret("url", f"extra-index-url = https://build:{m.generated()}@pypi.mta.be/simple")
    )


def dot_files(m: Maker, d: str) -> Iterable[Sample]:
    yield Sample(f"{d}/home/.pgpass").secret(
        "pgpass", f"db.mta.be:5432:*:odoo:{m.word()}{m.digits(3)}"
    )
    yield (
        Sample(f"{d}/home/.netrc")
        .text("machine git.odoo.sh\n  login deploy")
        .secret("netrc", f"  password {m.human()}")
    )
    yield Sample(f"{d}/home/.git-credentials").secret(
        "git credentials", f"https://bot:{m.generated()}@github.com"
    )
    yield Sample(f"{d}/nginx/htpasswd").secret(
        "htpasswd", f"an:$2y$05${m.chars('abcdefghijkABCDEFGH0123456789./', 53)}"
    )
    yield (
        Sample(f"{d}/vm/shadow")
        .text("daemon:*:19000:0:99999:7:::")
        .secret("shadow", f"ubuntu:$y$j9T${m.alnum(22)}${m.alnum(43)}:19650:0:99999:7:::")
    )
    yield (
        Sample(f"{d}/home/.my.cnf")
        .text("[client]\nuser=root")
        .secret("mysql", f'password="{m.human()}"')
    )


def keys(m: Maker, d: str) -> Iterable[Sample]:
    yield Sample(f"{d}/ssh/deploy").secret("private key", m.pem("OPENSSH PRIVATE KEY"))
    yield Sample(f"{d}/tls/server.txt").text("the key:").secret(
        "private key", m.pem("EC PRIVATE KEY", 3)
    )
    yield Sample(f"{d}/tls/enc.pem").secret("private key", m.pem("ENCRYPTED PRIVATE KEY"))
    one_line = m.pem("PRIVATE KEY", 20).replace("\n", "\\n")
    yield (
        Sample(f"{d}/gcp/service.json")
        .text('{\n  "type": "service_account",')
        .secret("gcp", f'  "private_key_id": "{m.hexa(40)}",')
        .secret("gcp", f'  "private_key": "{one_line}\\n",')
        .text('  "client_email": "odoo@mta.iam.gserviceaccount.com"\n}')
    )
    yield (
        Sample(f"{d}/home/.docker/config.json")
        .text('{"auths": {"https://index.docker.io/v1/": {')
        .secret("docker config", f'  "auth": "{m.encoded("resultrum:" + m.generated())}"')
        .text("}}}")
    )
    yield (
        Sample(f"{d}/vpn/wg0.conf")
        .text("[Interface]")
        .secret("wireguard", f"PrivateKey = {m.base64(32)}")
    )


def sql(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/db/init.txt")
        .secret("sql", f"CREATE ROLE odoo LOGIN PASSWORD '{m.human()}';")
        .secret("sql", f"UPDATE res_users SET password='{m.human()}' WHERE login='admin';")
    )


def azure(m: Maker, d: str) -> Iterable[Sample]:
    key = m.base64(64)
    yield (
        Sample(f"{d}/backup/azure.env")
        .secret(
            "azure",
            f"AZURE_STORAGE=DefaultEndpointsProtocol=https;AccountName=mta;AccountKey={key}",
        )
        .secret("azure", f"AZURE_CLIENT_SECRET={m.alnum(3)}8Q~{m.urlsafe(34)}")
        .secret("sendgrid", f"SENDGRID=SG.{m.urlsafe(22)}.{m.urlsafe(43)}")
        .secret("twilio", f"TWILIO_AUTH_TOKEN={m.hexa(32)}")
        .secret("mailgun", f"MAILGUN_API_KEY=key-{m.hexa(32)}")
        .secret("bearer", f"AUTH_HEADER='Authorization: Bearer {m.urlsafe(40)}'")
        .secret("jwt", f"SERVICE_JWT={m.jwt()}")
    )


# --- negatives ------------------------------------------------------------------------------


def neg_python(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/addons/mta_base/models/user.py")
        .negative("field", "    password = fields.Char(string='Password', copy=False)")
        .negative("field", '    api_key = fields.Char("API Key", groups="base.group_system")')
        .negative("lookup", '    token = os.environ["GITHUB_TOKEN"]')
        .negative(
            "lookup", "    secret_key = self.env['ir.config_parameter'].get_param('mta.secret_key')"
        )
        .negative("lookup", '    password = kwargs.get("password") or ""')
        .negative("name", 'PASSWORD_FIELD = "new_password"')
        .negative("name", 'TOKEN_HEADER = "X-Odoo-Access-Token"')
        .negative("label", 'raise UserError(_("Wrong password: please try again"))')
        .negative("checksum", f'CHECKSUM = "{m.hexa(64)}"')
        .negative("commit", f'COMMIT = "{m.hexa(40)}"')
        .negative("uuid", f'    _tracking_key = "{m.uuid()}"')
        .negative("format", '    url = "postgres://%s:%s@%s/%s" % (user, password, host, name)')
        .negative("format", '    url = f"https://{user}:{token}@github.com/{repo}.git"')
        .negative("compare", '    if request.params["password"] != "":')
        .negative(
            "import", "from odoo.addons.auth_signup.models.res_users import SignupError as secret"
        )
        .negative("call", "    self._set_password(password=self._crypt_context().hash(password))")
        .negative("regex", '    KEY = re.compile(r"-----BEGIN (RSA|EC) PRIVATE KEY-----")')
        .negative("type", "def check(self, password: str, token: str | None = None) -> bool:")
    )


def neg_tests(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/addons/mta_base/tests/test_login.py")
        .negative("fixture", '        self.authenticate("admin", "admin")')
        .negative("fixture", '            "password": "demo",')
        .negative("fixture", "        self.user.password = 'portal-user'")
        .negative("fixture", '        secret = "my secret"')
        .negative("fixture", '        api_key = "fake_api_key_123"')
        .negative("fixture", '        token="test-token",')
        .negative("fixture", '        "client_secret": "dummy_secret",')
        .negative("fixture", '        url = "http://admin:admin@localhost:8069"')
        .negative("fixture", '        self.assertEqual(values["access_token"], "abc123")')
        .negative("fixture", '        new_test_user(self.env, login="bob", password="P4ssword")')
    )


def neg_config(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/.env.example")
        .negative("placeholder", "POSTGRES_PASSWORD=changeme")
        .negative("placeholder", "ODOO_ADMIN_PASSWORD=")
        .negative("placeholder", "DOCKER_HUB_TOKEN=<your token>")
        .negative("placeholder", "SMTP_PASSWORD=your-smtp-password")
        .negative("placeholder", "SLACK_WEBHOOK=https://hooks.slack.com/services/XXX/YYY/ZZZ")
        .negative("placeholder", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE")
        .negative("placeholder", "DATABASE_URL=postgres://user:password@localhost:5432/db")
        .negative("placeholder", "SECRET_KEY=replace-me-with-a-long-random-string")
        .negative("placeholder", "API_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxx")
        .negative("placeholder", "JWT_SECRET=********")
        .negative("setting", "PASSWORD_MIN_LENGTH=12")
        .negative("setting", "TOKEN_LIFETIME_SECONDS=86400")
        .negative("setting", "SSH_KEY_PATH=/home/deploy/.ssh/id_ed25519")
        .negative("setting", "PASSWORD_FILE=/run/secrets/postgres_password")
    )
    yield (
        Sample(f"{d}/docker-compose.yml")
        .negative("variable", "      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}")
        .negative("variable", "      - PASSWORD=${DB_PASSWORD:-odoo}")
        .negative("variable", "      PGPASSWORD: $PGPASSWORD")
        .negative("variable", "      POSTGRES_PASSWORD_FILE: /run/secrets/db")
        .negative("default", "      - POSTGRES_PASSWORD=odoo")
    )
    yield (
        Sample(f"{d}/.github/workflows/ci.yml")
        .negative("variable", "          token: ${{ secrets.GITHUB_TOKEN }}")
        .negative("variable", "          password: ${{ secrets.DOCKER_HUB_TOKEN }}")
        .negative("commit", f"      - uses: actions/checkout@{m.hexa(40)} # v4.2.2")
        .negative("digest", f"        image: postgres:17@sha256:{m.hexa(64)}")
        .negative("permission", "  id-token: write")
    )
    yield (
        Sample(f"{d}/odoo.conf")
        .negative("default", "admin_passwd = admin")
        .negative("default", "db_password = odoo")
        .negative("default", "; smtp_password = False")
        .negative("default", "db_password = False")
        .negative("template", "admin_passwd = {{ odoo_admin_passwd }}")
    )


def neg_text(m: Maker, d: str) -> Iterable[Sample]:
    yield (
        Sample(f"{d}/addons/mta_base/i18n/nl.po")
        .negative("translation", 'msgid "Password"')
        .negative("translation", 'msgstr "Wachtwoord: minstens 8 tekens"')
        .negative("translation", '"API key: sleutel van de dienst\\n"')
    )
    yield (
        Sample(f"{d}/README.md")
        .negative("prose", "Set the password: it must have 12 characters.")
        .negative("prose", "Store the token in the secret `DOCKER_HUB_TOKEN`.")
        .negative("prose", "    git clone https://github.com/resultrum/odoo-mta.git")
        .negative("prose", "    ssh -i ~/.ssh/odoo_sh git@git.odoo.sh")
        .negative("prose", "    curl -u user:password https://example.com")
        .negative("prose", "    export PGPASSWORD=<password>")
        .negative("prose", "    psql postgresql://odoo@localhost/mta")
        .negative("prose", "Default login: admin, password: admin.")
    )
    yield (
        Sample(f"{d}/package-lock.json")
        .negative("integrity", f'      "integrity": "sha512-{m.base64(64)}",')
        .negative(
            "integrity",
            f'      "resolved": "https://registry.npmjs.org/x/-/x-1.0.0.tgz#{m.hexa(40)}",',
        )
    )
    yield (
        Sample(f"{d}/requirements.txt")
        .negative("hash", f"    --hash=sha256:{m.hexa(64)} \\")
        .negative("hash", f"    --hash=sha256:{m.hexa(64)}")
    )
    yield (
        Sample(f"{d}/addons/mta_base/views/user.xml")
        .negative("view", '    <field name="password" password="True" invisible="1"/>')
        .negative("view", '    <field name="api_key" placeholder="Your API key"/>')
        .negative("view", '    <record id="secret_token_view" model="ir.ui.view">')
        .negative("view", '    <label for="smtp_pass" string="Password"/>')
        .negative("image", f'    <field name="image_1920" type="base64">{m.base64(180)}</field>')
        .negative(
            "view", '    <input type="password" name="password" autocomplete="current-password"/>'
        )
        .negative("eval", '    <field name="access_token" eval="False"/>')
        .negative("demo", '    <field name="password">demo</field>')
    )
    yield (
        Sample(f"{d}/addons/mta_base/static/src/js/login.js")
        .negative(
            "code", "    const password = this.el.querySelector('input[name=password]').value;"
        )
        .negative("code", "    var csrf_token = odoo.csrf_token;")
        .negative("code", '    placeholder: _t("Enter your password"),')
        .negative("code", "    params: {token: this.token, password: password},")
        .negative("image", f'    img.src = "data:image/png;base64,{m.base64(150)}";')
    )


FORMS = (
    odoo_rc, compose, terraform, ansible, kubernetes, shell, python_code, settings_py, javascript,
    odoo_xml, odoo_csv, tokens, ci_files, dot_files, keys, sql, azure,
    neg_python, neg_tests, neg_config, neg_text,
)  # fmt: skip
