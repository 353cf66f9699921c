# Parlor in one small image: the app is built by Node, the binary by Go, and the result holds nothing else.

FROM node:20-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/dist/ web/dist/
ARG VERSION=container
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /parlor ./cmd/parlor && mkdir -p /empty/blobs

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /parlor /parlor
# A volume that is mounted here takes over that it is nobody's, so that uploads can be stored.
COPY --from=build --chown=65532:65532 /empty /var/lib/parlor
# Nobody's user and group: the image has no accounts, and the process needs none.
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["/parlor", "healthcheck"]
ENTRYPOINT ["/parlor"]
CMD ["serve"]
