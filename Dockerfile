# Another image with Python 3.11+ can be named where this one cannot be pulled.
ARG PYTHON_IMAGE=python:3.11-slim
FROM ${PYTHON_IMAGE}

WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY emulator emulator
RUN pip install --no-cache-dir '.[postgres]' && rm -rf /src/*

RUN useradd --system --create-home --home-dir /home/ses ses && install --directory --owner ses --group ses /data
USER ses
WORKDIR /home/ses
VOLUME /data

# HTTP (AWS API and inspection), SES's SMTP with STARTTLS and with TLS, the mail sink, DNS.
EXPOSE 4579 2587 2465 1025 1053/udp 1053/tcp

HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["ses-emulator", "ready", "--timeout", "3"]

# Options are given as arguments or as SES_EMULATOR_<OPTION>.
ENTRYPOINT ["ses-emulator", "start", "--host", "0.0.0.0", "--data", "/data"]
