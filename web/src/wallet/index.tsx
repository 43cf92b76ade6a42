export { WalletButton } from "./WalletButton";
export { WalletProvider } from "./WalletProvider";
