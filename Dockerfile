# The model with the versions that the tests passed with:
#   docker build -t divide .
#   docker run --rm -v "$PWD/runs:/home/modeler/runs" divide run
#   docker run --rm --network host divide serve
FROM python:3.13-slim
COPY . /source
RUN pip install --no-cache-dir -c /source/constraints.txt "/source[cluster,search]"
RUN useradd --create-home modeler
USER modeler
WORKDIR /home/modeler
# Compiles the model once, for every container.
RUN divide run --until 2023 --firms 1000 --replicates 1 --threads --out /tmp/compiled
EXPOSE 8765
ENTRYPOINT ["divide"]
CMD ["--help"]
