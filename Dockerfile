# How does Sluis stand in a container? What npm installs, and the product beside it; nothing that builds, tests or
# shows. No engine ran this file where it was written: test/deploy makes and runs the same tree without one.

FROM node:26.10.0-trixie-slim AS install
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image brings Node; the optional packages are Node once more, and what `npm start` alone needs.
RUN ["npm", "ci", "--omit=dev", "--omit=optional"]

FROM node:26.10.0-trixie-slim
WORKDIR /app
COPY --from=install /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY schemas ./schemas
COPY policies ./policies
COPY adapters ./adapters
COPY gateway ./gateway
# The only places it writes: what this host saw of the log, and keys. Everything else may be read-only.
RUN ["install", "--directory", "--owner=1000", "--group=1000", "--mode=0700", "/var/lib/sluis", "/var/lib/sluis/staat", "/var/lib/sluis/sleutels"]
ENV SLUIS_DATA_DIR=/var/lib/sluis/staat
ENV SLUIS_KEYS_DIR=/var/lib/sluis/sleutels
USER 1000:1000
EXPOSE 8443 8080 8081
STOPSIGNAL SIGTERM
# Ready, not only alive: database, log and certificates work. The worker answers at the same address.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9090/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# A debugger would read every answer in memory: SIGUSR1 opens none. Left to itself V8 keeps tens of megabytes for what
# is soon gone: with less it collects more often, and the gateway stays under 250 MB (npm run soak -- levering).
CMD ["node", "--disable-sigusr1", "--max-semi-space-size=4", "--heap-growing-percent=20", "gateway/serve.ts"]
