# Two stages: the first installs and compiles, the second holds what runs and nothing else.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
# The environment needs no pip of its own once it is filled.
RUN python -m venv --without-pip .venv
COPY requirements/run.txt requirements.txt
RUN pip --python .venv install --require-hashes --requirement requirements.txt && rm requirements.txt
COPY LICENSE ./
COPY knowledge knowledge
COPY bot bot
# Compiled now, since the running container can not write here; and a base that does not load ends the build.
RUN .venv/bin/python -m compileall -q bot \
 && .venv/bin/python -m bot export > /dev/null \
 && chmod -R a+rX .


FROM python:3.13-slim
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="hypervisor-expert" \
      org.opencontainers.image.description="A Discord bot that answers questions about QEMU, KVM and Xen, in English and Hindi, with sources" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"

# Pictures with Devanagari are shaped with FriBiDi, which Pillow takes from the system.
RUN apt-get update && apt-get install --yes --no-install-recommends libfribidi0 && rm -rf /var/lib/apt/lists/*

# /data is the only place that is written to; it is the home directory, too, so that nothing looks elsewhere.
RUN groupadd --gid 10001 bot \
 && useradd --uid 10001 --gid bot --home-dir /data --no-create-home --shell /usr/sbin/nologin bot \
 && install --directory --owner bot --group bot --mode 0700 /data
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    HOME=/data \
    DATA_DIR=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
VOLUME /data
USER 10001:10001

# Asks the running bot: the gateway is ready and the event loop alive, not just "a process exists".
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python", "-m", "bot", "health"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
