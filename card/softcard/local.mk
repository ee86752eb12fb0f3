# card/softcard
