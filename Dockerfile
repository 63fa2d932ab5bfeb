# The image of compose.yaml: OnRecord, and Chroma's server of the very version that it talks to.
#
# PyTorch's CUDA build is several times as large as the CPU's: give the index that has the latter, as in the README, with
#     docker compose build --build-arg TORCH_INDEX=ADDRESS

FROM python:3.11-slim AS made
ARG TORCH_INDEX=""
RUN python -m venv /opt/onrecord
ENV PATH=/opt/onrecord/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements.lock .
RUN pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} "$(grep '^torch==' requirements.lock)" \
 && pip install --requirement requirements.lock
COPY . .
RUN pip install --no-deps .

FROM python:3.11-slim AS onrecord
COPY --from=made /opt/onrecord /opt/onrecord
# What a new volume is filled from, its owner too.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin onrecord \
 && install --directory --owner 10001 --group 10001 --mode 700 /data /keys /vectors
ENV PATH=/opt/onrecord/bin:$PATH HOME=/tmp PYTHONDONTWRITEBYTECODE=1 ONRECORD_HOME=/data ANONYMIZED_TELEMETRY=False
USER 10001:10001
WORKDIR /data

FROM ollama/ollama AS ollama
RUN install --directory --owner 10001 --group 10001 --mode 700 /models
ENV HOME=/tmp OLLAMA_MODELS=/models
USER 10001:10001
