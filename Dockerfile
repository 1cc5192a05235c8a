# Another image with Python 3.11+ can be named where this one cannot be pulled.
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
RUN python -m venv /opt/ses-emulator
ENV PATH=/opt/ses-emulator/bin:$PATH
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY emulator emulator
# Compiled here: a root that is read-only never could. The installer itself is not needed any more.
RUN pip install --no-cache-dir '.[postgres]' && pip uninstall --yes setuptools pip

FROM ${PYTHON_IMAGE}
RUN useradd --system --create-home --home-dir /home/ses ses \
    && install --directory --owner ses --group ses /data \
    && install --directory /etc/ses-emulator/seed.d
COPY --from=build /opt/ses-emulator /opt/ses-emulator
ENV PATH=/opt/ses-emulator/bin:$PATH PYTHONDONTWRITEBYTECODE=1
# Seeds that are mounted there; give the variable more paths, with colons between, or others.
ENV SES_EMULATOR_SEED=/etc/ses-emulator/seed.d
USER ses
WORKDIR /home/ses
VOLUME /data

# HTTP (AWS API, inspection API, pages), SES's SMTP with STARTTLS and with TLS, the mail sink, DNS.
EXPOSE 4579 2587 2465 1025 1053/udp 1053/tcp

HEALTHCHECK --interval=2s --timeout=5s --start-period=30s --retries=15 CMD ["ses-emulator", "ready", "--timeout", "3"]

# Options are given as arguments or as SES_EMULATOR_<OPTION>. What is mounted at /etc/ses-emulator/seed.d is planted.
ENTRYPOINT ["ses-emulator", "start", "--host", "0.0.0.0", "--data", "/data"]
