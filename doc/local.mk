# doc
dist_man_MANS += doc/softcard-tool.1
