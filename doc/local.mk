# doc: how it is built and why, a manual page for each tool, and a guide for each program that was tried
dist_man_MANS += doc/softcard-tool.1
dist_doc_DATA += doc/architecture.md doc/card-layer.md doc/derive-mapping.md doc/errors.md doc/mechanisms.md \
  doc/mechanisms-mac.md doc/minidriver.md doc/objects.md doc/performance.md doc/second-opinion.md
dist_doc_DATA += doc/guide-firefox.md doc/guide-nss.md doc/guide-openssh.md doc/guide-pkcs11-tool.md doc/guide-thunderbird.md
