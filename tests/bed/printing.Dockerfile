# Odoo's image with wkhtmltopdf, which a restore drill makes a PDF with. Debian has it up to bookworm
# and built it for that release's Qt: that of trixie is another one.
ARG BASE=odoo:19.0
FROM debian:trixie-slim AS debian
FROM ${BASE}

USER root
# Odoo's image has no source for apt.
COPY --from=debian /etc/apt/sources.list /etc/apt/sources.list
RUN --mount=type=cache,id=bed-printing-apt,target=/var/cache/apt,sharing=locked \
    sed -n '1{s/ trixie / bookworm /p}' /etc/apt/sources.list > /etc/apt/sources.list.d/bookworm.list \
    && printf 'Package: %s\nPin: release n=bookworm\nPin-Priority: %s\n\n' \
        '*' 100 'libqt5* qt5-*' 900 > /etc/apt/preferences.d/bookworm \
    && apt-get update \
    && apt-get install -y --no-install-recommends -o APT::Keep-Downloaded-Packages=true wkhtmltopdf \
    && rm -rf /etc/apt/sources.list.d/bookworm.list /etc/apt/preferences.d/bookworm /var/lib/apt/lists/*
USER odoo
