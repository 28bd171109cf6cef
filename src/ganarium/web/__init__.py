"""The page: a local web server that reads run directories, steers training through files and starts trainings."""
