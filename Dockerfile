# The service, from the wheel: docker build -t rrmm . && docker run --rm -p 127.0.0.1:8000:8000 rrmm
FROM python:3.11-slim-bookworm AS wheel
WORKDIR /rrmm
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim-bookworm
COPY --from=wheel /wheels /wheels
# The wheel names the versions that it needs.
# hadolint ignore=DL3013
RUN wheel=$(echo /wheels/rrmm-*.whl) && pip install --no-cache-dir "${wheel}[serve]" && rm -r /wheels && useradd --create-home --uid 1000 rrmm
USER 1000
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/api/health', timeout=5)"]
ENTRYPOINT ["rrmm", "serve", "--host", "0.0.0.0", "--port", "8000"]
