# doc: how it is built and why, a manual page for each tool, and a guide for each program that was tried
dist_man_MANS += doc/softcard-tool.1
dist_doc_DATA += doc/architecture.md
dist_doc_DATA += doc/card-layer.md
dist_doc_DATA += doc/cryptoapi.md
dist_doc_DATA += doc/derive-mapping.md
dist_doc_DATA += doc/errors.md
dist_doc_DATA += doc/mechanisms.md
dist_doc_DATA += doc/mechanisms-mac.md
dist_doc_DATA += doc/minidriver.md
dist_doc_DATA += doc/objects.md
dist_doc_DATA += doc/performance.md
dist_doc_DATA += doc/second-opinion.md
dist_doc_DATA += doc/wine-cryptoapi.md
dist_doc_DATA += doc/guide-nss.md
dist_doc_DATA += doc/guide-openssh.md
dist_doc_DATA += doc/guide-pkcs11-tool.md
