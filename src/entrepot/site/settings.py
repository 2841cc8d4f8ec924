# SPDX-License-Identifier: Apache-2.0
"""Django put together. What a firm may change comes from `site.configuration`."""

from __future__ import annotations

import os

from entrepot.people.mail import mail_settings
from entrepot.site.configuration import configuration, in_django
from entrepot.web.logs import settings_of

_found = configuration()

SECRET_KEY = _found.secret_key
DEBUG = False
ALLOWED_HOSTS = list(_found.hosts)
ROOT_URLCONF = "entrepot.site.urls"
WSGI_APPLICATION = "entrepot.site.wsgi.application"
AUTH_USER_MODEL = "people.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "entrepot.people.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "entrepot.pages",  # what all templates stand in
    "entrepot.people",  # its templates take the place of allauth's
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "entrepot.ledger",
    "entrepot.jobs",
    "ninja",
    "procrastinate.contrib.django",
    "entrepot.catalog",
    "entrepot.customs.sending.apps.CustomsConfig",
    "entrepot.customs.classifying",
    "entrepot.customs.returns.apps.ReturningConfig",
    "entrepot.logistics",
    "entrepot.consolidating",
    "entrepot.warehouse",
    "entrepot.reconciling",
    "entrepot.costing",
    "entrepot.declaring",
    "entrepot.closing",
]

MIDDLEWARE = [
    "entrepot.web.proxies.OnlyTheProxy",
    "entrepot.web.observing.Observed",
    "entrepot.web.middleware.Problems",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "entrepot.people.middleware.DemoMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "entrepot.people.middleware.PolicyMiddleware",
    "entrepot.people.middleware.CallersMiddleware",
    "entrepot.jobs.idempotency.Idempotent",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "entrepot.people.words.in_templates",
                "entrepot.pages.context.in_templates",
            ],
        },
    },
]

DATABASES = {"default": in_django(_found.app)}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "static/"

# A page of ours loads nothing from elsewhere and is shown in no frame of others.
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _found.is_https
# Whose word about where a request came from is taken; nobody's, where nobody hands on.
TRUSTED_PROXIES = _found.proxies if _found.is_https else ()
if _found.is_https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000

# What a request may bring: a bulk call of 10,000 lines is about 2 MB of JSON.
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10

PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Without a mail server mail is printed, and an invitation vouches for its address.
MAIL_IS_SENT = bool(os.environ.get("ENTREPOT_MAIL"))
globals().update(mail_settings(os.environ.get("ENTREPOT_MAIL", "")))

# One cache for all processes: it counts attempts to sign in, and remembers codes that were used.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "people_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
}
WHITENOISE_USE_FINDERS = True

# Sign-in: by address and password, or a passkey; accounts are opened by invitation only.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "people_home"
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _found.is_https else 0
ACCOUNT_ADAPTER = "entrepot.people.signing_in.AccountAdapter"
ACCOUNT_FORMS = {"signup": "entrepot.people.forms.JoinForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Entrepot: "
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _found.is_https else "http"
MFA_ADAPTER = "entrepot.people.signing_in.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Entrepot"
MFA_TOTP_TOLERANCE = 1
# Browsers offer passkeys over HTTPS and on this machine only, whatever is allowed here.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _found.is_https

# Jobs are functions of modules named `work`.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "work"
DATA_FOLDER = _found.folder

LOGGING = settings_of(os.environ.get("ENTREPOT_LOG"))
# Whoever bears it sees /metrics from elsewhere too.
METRICS_TOKEN = os.environ.get("ENTREPOT_METRICS_TOKEN", "")
