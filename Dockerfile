# The dashboard, as an ordinary user. Its ledger is under /data unless it lies on a server; what can
# be made again (snapshots, the simulated organisation) is there too.
FROM python:3.12-slim
COPY --from=ghcr.io/astral-sh/uv:0.13 /uv /usr/local/bin/uv

RUN useradd --create-home --uid 10001 spend && install -d -o spend -g spend -m 0700 /data
WORKDIR /app

# Dependencies first: they change less often than the source.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project --no-cache --compile-bytecode

COPY app.py ./
COPY .streamlit ./.streamlit
COPY pages ./pages
COPY core ./core
RUN uv sync --frozen --no-dev --no-cache --compile-bytecode

ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_DATA_HOME=/data \
    HOME=/data \
    CLAUDE_SPEND_DATABASE_URL=sqlite:////data/claude-spend.sqlite3
USER spend
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD \
    ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]
ENTRYPOINT ["streamlit", "run", "app.py", "--server.headless=true", "--server.address=0.0.0.0", "--server.port=8501"]
