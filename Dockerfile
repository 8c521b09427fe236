# Paper Round in a container. Build it:  docker build -t paperround .
# The image runs as nobody in particular (uid 10001) and writes to /data alone, so that its file system can be read-only.
FROM python:3.13-slim AS build

WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/paperround \
    && /opt/paperround/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /opt/paperround/bin/pip install --no-cache-dir --no-build-isolation --no-deps .

FROM python:3.13-slim

RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin paperround \
    && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /opt/paperround /opt/paperround
ENV PATH=/opt/paperround/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/data/cache \
    DATABASE_URL=sqlite:////data/paperround.db
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8321
# /healthz answers without a password; urllib is there, curl is not.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8321/healthz', timeout=4)"]
CMD ["paperround", "up", "--host", "0.0.0.0", "--port", "8321"]
