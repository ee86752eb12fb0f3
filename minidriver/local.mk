# minidriver
